import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import { BufferBody } from '../../../proxy/http/body.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { systemRandom } from '../../../proxy/runtime/random.ts'
import { createConnect } from '../../../proxy/transport/connect.ts'
import { createUpstream, type OwnedUpstream } from '../../../proxy/upstream/upstream.ts'
import { certificateFiles, readCertificate } from '../../harness/certificates.ts'
import { startHttp2Origin } from '../../harness/http2-origin.ts'
import { startOrigin } from '../../harness/origin.ts'
import { refusingAddress, saying, startRawOrigin } from '../../harness/raw-origin.ts'
import { record } from '../../harness/recorded-call.ts'
import { type ConfigChanges, upstreamConfig } from './fake-upstream.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

function upstreamTo(address: string, changes: ConfigChanges = {}): OwnedUpstream {
  const upstream = createUpstream('inventory', upstreamConfig({ endpoints: [address], ...changes }), {
    clock: systemClock,
    random: systemRandom,
    logger: silent,
    connect: createConnect(systemClock),
    role: 'primary',
  })
  onTestFinished(() => upstream.close())
  return upstream
}

test('many calls share the connections that are allowed', async () => {
  const origin = await startOrigin()
  const upstream = upstreamTo(origin.address, { bulkhead: { connections: 4 } })
  const calls = Array.from({ length: 100 }, (_, index) => record(upstream.dispatch, { path: `/${index}` }))
  expect(upstream.figures().bulkhead.pending.used).toBe(96)
  await Promise.all(calls.map((call) => call.ended))
  expect(calls.map((call) => call.body)).toEqual(calls.map(() => 'ok'))
  expect(origin.connections.size).toBeLessThanOrEqual(4)
  expect(origin.received).toHaveLength(100)
  expect(upstream.figures().endpoints).toEqual([{ address: origin.address, weight: 1, active: 0, connections: 4 }])
})

test('closing lets the calls in progress end, and leaves no connection open', async () => {
  const release = Promise.withResolvers<void>()
  const origin = await startOrigin((response) => void release.promise.then(() => response.end('late')))
  const upstream = upstreamTo(origin.address)
  const call = record(upstream.dispatch)
  await origin.receivedCount(1)
  const [socket] = origin.connections
  const closed = once(socket as Socket, 'close')
  upstream.close()
  release.resolve()
  await upstream.closed
  expect(call.body).toBe('late')
  await closed
  expect(upstream.figures().bulkhead.connections.used).toBe(0)
})

test('nobody listens: connect failed', async () => {
  const call = record(upstreamTo(await refusingAddress()).dispatch)
  await call.ended
  expect(call.events).toEqual(['start', 'error connect_failed'])
})

test('a kept-alive connection that the peer closes under the next call: GET is sent again, POST is not', async () => {
  let connections = 0
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
  const address = await startRawOrigin((socket) => {
    connections++
    saying(answer, (served) => served.once('data', () => served.destroy()))(socket)
  })
  const upstream = upstreamTo(address)
  const next = async (method: string) => {
    const call = record(upstream.dispatch, { method, body: method === 'POST' ? new BufferBody(Buffer.from('x')) : null })
    await call.ended
    return call.events
  }
  expect(await next('GET')).toEqual(['start', '200', 'data', 'end'])
  expect(await next('GET')).toEqual(['start', '200', 'data', 'end'])
  expect(connections).toBe(2)
  expect((await next('POST')).at(-1)).toMatch(/^error upstream_/)
  expect(connections).toBe(2)
})

test('an upstream that hangs at full load costs another one nothing', async () => {
  const hanging = await startOrigin(() => undefined)
  const well = await startOrigin()
  const bulkhead = { connections: 8, pending: 8, requests: 16 }
  const hung = upstreamTo(hanging.address, { bulkhead })
  const healthy = upstreamTo(well.address, { bulkhead })
  const stuck = Array.from({ length: 40 }, () => record(hung.dispatch))
  expect(stuck.filter((call) => call.last === 'error overflow')).toHaveLength(24)
  for (let i = 0; i < 50; i++) {
    const call = record(healthy.dispatch)
    await call.ended
    expect(call.last).toBe('end')
  }
  expect(hung.figures().bulkhead.requests.used).toBe(16)
  for (const call of stuck) if (!call.over) call.controller.abort(new ProxyError('caller_gone'))
  expect(hung.figures().bulkhead.requests.used).toBe(0)
})

test('a hung call ends at its timeout, on the real clock', async () => {
  const origin = await startOrigin(() => undefined)
  const call = record(upstreamTo(origin.address, { timeout: { request: 30 } }).dispatch)
  await call.ended
  expect(call.last).toBe('error deadline')
})

test('an upgrade passes, and its connection counts until it has closed', async () => {
  const address = await startRawOrigin((socket) =>
    saying('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n', (up) => up.pipe(up))(socket),
  )
  const upstream = upstreamTo(address)
  const call = record(upstream.dispatch, { upgrade: 'echo', headers: ['connection', 'upgrade', 'upgrade', 'echo'] })
  await call.ended
  const socket = call.socket as NonNullable<typeof call.socket>
  const echoed = once(socket, 'data')
  socket.resume()
  socket.write('ping')
  expect(String((await echoed)[0])).toBe('ping')
  expect(upstream.figures().bulkhead.requests.used).toBe(1)
  const closed = once(socket, 'close')
  socket.destroy()
  await closed
  const { connections, requests } = upstream.figures().bulkhead
  expect([connections.used, requests.used]).toEqual([0, 0])
  expect(upstream.figures().endpoints[0]?.active).toBe(0)
})

test('HTTP/2: concurrent calls share one connection', async () => {
  const origin = await startHttp2Origin((stream) => {
    stream.respond({ ':status': 200 })
    stream.end('ok')
  })
  const upstream = upstreamTo(`127.0.0.1:${origin.port}`, { protocol: 'http2' })
  const calls = Array.from({ length: 50 }, () => record(upstream.dispatch))
  await Promise.all(calls.map((call) => call.ended))
  expect(calls.every((call) => call.body === 'ok')).toBe(true)
  expect(origin.sessions).toHaveLength(1)
})

test('TLS: the certificates of both sides are checked, and ALPN chooses the protocol', async () => {
  const { ca, server, client } = certificateFiles
  const origin = createSecureServer(
    {
      cert: readCertificate(server.cert),
      key: readCertificate(server.key),
      ca: readCertificate(ca),
      requestCert: true,
      allowHTTP1: true,
    },
    (request, response) => response.end(`${request.httpVersion} ${(request.socket as TLSSocket).authorized}`),
  )
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  onTestFinished(() => void origin.close())
  const { port } = origin.address() as AddressInfo
  const ask = async (changes: ConfigChanges) => {
    const call = record(upstreamTo(`127.0.0.1:${port}`, changes).dispatch)
    await call.ended
    return call.body === '' ? call.last : call.body
  }
  expect(await ask({ protocol: 'auto', tls: { ca, ...client } })).toBe('2.0 true')
  expect(await ask({ protocol: 'http1', tls: { ca, serverName: 'upstream.test', ...client } })).toBe('1.1 true')
  expect(await ask({ tls: { ca, serverName: 'other.test', ...client } })).toBe('error connect_failed')
  expect(await ask({ tls: client })).toBe('error connect_failed')
})

test('a name is resolved, and its addresses are called', async () => {
  const origin = await startOrigin()
  const call = record(upstreamTo('', { dns: `localhost:${origin.port}` }).dispatch)
  await call.ended
  expect(call.body).toBe('ok')
  expect(call.controller.endpoint).toBe(origin.address)
})
