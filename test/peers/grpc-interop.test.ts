/**
 * grpc-go's own client and server talk through the sidecar without noticing it.
 */
import { expect, test } from 'vitest'
import { glue } from '../harness/glue.ts'
import { openHttp2To } from '../harness/http2-connection.ts'
import { startHttp2Listener } from '../harness/http2-listener.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'
import { failedInteropCases, interopCases, startInteropServer } from './interop.ts'

async function startProxy(routing: string): Promise<ProxyProcess> {
  const proxy = await spawnProxy(routing)
  await proxy.said('info ready')
  return proxy
}

async function metrics(proxy: ProxyProcess): Promise<string> {
  return (await fetch(`http://127.0.0.1:${proxy.portOf('admin')}/metrics`)).text()
}

test('all interop cases pass through the two HTTP/2 transports', async () => {
  const { connection } = await openHttp2To(await startInteropServer())
  const { port, malformed } = await startHttp2Listener((exchange) => glue(exchange, connection.dispatch))
  expect(await failedInteropCases(port)).toEqual([])
  expect(malformed).toEqual([])
})

test('all interop cases pass through the sidecar', async () => {
  const proxy = await startProxy(`
upstreams:
  interop: { endpoints: ["127.0.0.1:${await startInteropServer()}"], protocol: http2 }
routes:
  - { name: interop, match: { pathPrefix: / }, forward: interop }
`)
  expect(await failedInteropCases(proxy.portOf('outbound'))).toEqual([])
})

test('all interop cases pass while everything is mirrored to a second server', async () => {
  const proxy = await startProxy(`
upstreams:
  interop: { endpoints: ["127.0.0.1:${await startInteropServer()}"], protocol: http2 }
  shadow: { endpoints: ["127.0.0.1:${await startInteropServer()}"], protocol: http2 }
routes:
  - { name: interop, match: { pathPrefix: / }, forward: interop, mirror: [{ upstream: shadow }] }
`)
  expect(await failedInteropCases(proxy.portOf('outbound'))).toEqual([])
  expect(await metrics(proxy)).toMatch(/tandem_mirror_total\{[^}]*outcome="sent"[^}]*\} [1-9]/)
})

test('all interop cases but one pass when the calls are split between two servers', async () => {
  const proxy = await startProxy(`
upstreams:
  one: { endpoints: ["127.0.0.1:${await startInteropServer()}"], protocol: http2 }
  two: { endpoints: ["127.0.0.1:${await startInteropServer()}"], protocol: http2 }
routes:
  - { name: interop, match: { pathPrefix: / }, split: [{ upstream: one, weight: 50 }, { upstream: two, weight: 50 }] }
`)
  // orca_oob reads from one server in one call what it has told it in another.
  const cases = interopCases.filter((name) => name !== 'orca_oob')
  expect(await failedInteropCases(proxy.portOf('outbound'), cases)).toEqual([])
})
