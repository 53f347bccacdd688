import { expect, test, vi } from 'vitest'
import { httpCall } from '../../harness/http-call.ts'
import { KeptConnections } from '../../harness/kept-connections.ts'
import { meshRouting, spawnMesh } from '../../harness/mesh-processes.ts'
import { startOrigin } from '../../harness/origin.ts'

// On a busy machine a thread takes its time to start.
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 30_000 }

test('to the control plane a sidecar of workers is one: one stream, one certificate, one word for what all of them serve', async () => {
  const app = await startOrigin()
  const { controlPlane, caller, port, inbound } = await spawnMesh(app.address, { bootstrap: 'concurrency: 2\n' })
  const connections = new KeptConnections(port, 4)
  expect((await connections.callAll()).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(new Set(app.received.map(({ headers }) => headers['x-forwarded-client-cert'])).size).toBe(1)
  const edited = `${meshRouting(inbound, app.address)}  - { name: hello, for: { workload: checkout }, match: { path: /hello }, respond: { body: hello } }\n`
  const metrics = async () => (await httpCall(caller.portOf('health'), { path: '/metrics' })).body
  const before = versionIn(await metrics())
  await controlPlane.route('shop.yaml', edited)
  await expect.poll(async () => versionIn(await metrics()), patience).not.toBe(before)
  expect((await connections.callAll({ path: '/hello' })).map(({ body }) => body)).toEqual(['hello', 'hello', 'hello', 'hello'])
  const { stdout } = await controlPlane.ctl('fleet', '-o', 'json')
  expect(JSON.parse(stdout)).toMatchObject([
    { node: 'checkout-1', state: 'current', version: versionIn(await metrics()) },
    { node: 'inventory-1' },
  ])
})

function versionIn(metrics: string): string | undefined {
  return /^tandem_config_version_info\{version="(.*)"\}/m.exec(metrics)?.[1]
}
