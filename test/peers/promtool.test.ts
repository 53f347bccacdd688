/**
 * Prometheus' own checker reads what a sidecar under all kinds of calls shows on /metrics: format, names, types, help.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { spawnProxy } from '../harness/proxy-process.ts'
import { refusingAddress } from '../harness/raw-origin.ts'
import { peer } from './peer.ts'

const routing = (origin: string, gone: string) => `
upstreams:
  catalog: { endpoints: ["${origin}"] }
  next: { endpoints: ["${origin}"] }
  gone: { endpoints: ["${gone}"] }
routes:
  - { name: catalog, match: { pathPrefix: /catalog }, forward: catalog, mirror: [{ upstream: next }] }
  - { name: both, match: { path: /both }, fanout: { to: [{ upstream: catalog }, { upstream: gone }] } }
  - { name: gone, match: { path: /gone }, forward: gone }
  - { name: here, match: { path: /here }, respond: { status: 204 } }
`

async function promtool(metrics: string): Promise<{ code: number | null; said: string }> {
  const checker = spawn(peer('promtool') ?? 'promtool is not installed', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const said = Promise.all([text(checker.stdout), text(checker.stderr)])
  const exited = once(checker, 'exit') as Promise<[number | null]>
  checker.stdin.end(metrics)
  const [code] = await exited
  return { code, said: (await said).join('') }
}

test('promtool accepts /metrics', async () => {
  const origin = await startOrigin()
  const proxy = await spawnProxy(routing(origin.address, await refusingAddress()))
  await proxy.said('info ready')
  const port = proxy.portOf('outbound')
  for (const path of ['/catalog/7', '/both', '/gone', '/here', '/nowhere']) await httpCall(port, { path })
  await origin.receivedCount(3)
  const { status, headers, body } = await httpCall(proxy.portOf('health'), { path: '/metrics' })
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  for (const route of ['catalog', 'both', 'gone', 'here', '']) expect(body).toContain(`tandem_requests_total{route="${route}"`)
  expect(await promtool(body)).toEqual({ code: 0, said: '' })
})

test('promtool would have said so', async () => {
  const { code, said } = await promtool('# TYPE tandem_calls counter\ntandem_calls{path="/x"} 1\n')
  expect(code).not.toBe(0)
  expect(said).toContain('tandem_calls')
})
