import { createHash, X509Certificate } from 'node:crypto'
import { beforeAll, expect, test, vi } from 'vitest'
import { KeptConnections } from '../../harness/kept-connections.ts'
import { startCallee, startCaller } from '../../harness/mesh.ts'
import { type MeshIdentity, TestAuthority } from '../../harness/mesh-identity.ts'
import { startOrigin } from '../../harness/origin.ts'

// On a busy machine a thread takes its time to start.
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 30_000 }

let authority: TestAuthority

beforeAll(async () => {
  authority = await TestAuthority.create()
})

const bootstrap = 'concurrency: 2'

function hashOf({ certificate }: MeshIdentity): string {
  return createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex')
}

test('workers on both sides speak mTLS with the one certificate of their sidecar, and with the next one as soon as it has come', async () => {
  const app = await startOrigin((response, { headers }) => response.end(String(headers['x-forwarded-client-cert'])))
  const [checkout, inventory] = [await authority.identity('checkout'), await authority.identity('inventory')]
  const callee = await startCallee(authority, app.address, { identity: inventory, bootstrap })
  const caller = await startCaller(authority, callee, '', { identity: checkout, bootstrap })
  const connections = new KeptConnections(caller.port, 2)
  const first = hashOf(checkout)
  const hash = async () => /Hash=([0-9a-f]+)/.exec((await connections.call()).body)?.[1]
  expect(await hash()).toBe(first)
  checkout.renew(await authority.issue('checkout'))
  expect(await hash(), 'a connection that is new').toBe(hashOf(checkout))
  expect(await hash(), 'a connection that stood before').toBe(first)
})

test('who is trusted changes for all workers at once', async () => {
  const app = await startOrigin()
  const [checkout, inventory] = [await authority.identity('checkout'), await authority.identity('inventory')]
  const callee = await startCallee(authority, app.address, { identity: inventory, bootstrap })
  const caller = await startCaller(authority, callee, '', { identity: checkout, bootstrap })
  inventory.trust(await TestAuthority.create())
  const answers = await new KeptConnections(caller.port, 4).callAll()
  expect(answers.map(({ status }) => status)).not.toContain(200)
  expect(app.received).toEqual([])
  await expect.poll(() => callee.said.filter((line) => line.includes('a caller was not let in')).length, patience).toBeGreaterThan(0)
})

test('rules hold for the caller whichever worker it comes to', async () => {
  const app = await startOrigin()
  const [checkout, inventory] = [await authority.identity('checkout'), await authority.identity('inventory')]
  const rules = `allow: [{ from: "${authority.idOf('checkout')}", method: GET }]`
  const callee = await startCallee(authority, app.address, { identity: inventory, bootstrap, inbound: rules })
  const caller = await startCaller(authority, callee, '', { identity: checkout, bootstrap })
  const connections = new KeptConnections(caller.port, 4)
  expect((await connections.callAll()).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect((await connections.callAll({ method: 'POST', body: 'x' })).map(({ status }) => status)).toEqual([403, 403, 403, 403])
})
