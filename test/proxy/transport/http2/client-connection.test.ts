import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { systemClock } from '../../../../proxy/runtime/clock.ts'
import { Unserved } from '../../../../proxy/transport/connection.ts'
import { openHttp2 } from '../../../../proxy/transport/http2/client.ts'
import { certificateFiles, readCertificate } from '../../../harness/certificates.ts'
import { FlowingBody } from '../../../harness/flowing-body.ts'
import { openHttp2To, WatchingOwner } from '../../../harness/http2-connection.ts'
import { startHttp2Origin } from '../../../harness/http2-origin.ts'
import { record } from '../../../harness/recorded-call.ts'

test('there is room for what the peer allows, at most 100, and the owner hears of it', async () => {
  const streams: ServerHttp2Stream[] = []
  const { port, sessions } = await startHttp2Origin((stream) => streams.push(stream), { settings: { maxConcurrentStreams: 2 } })
  const { connection, owner } = await openHttp2To(port)
  const first = record(connection.dispatch)
  await expect.poll(() => streams.length, { interval: 1 }).toBe(1)
  await new Promise((resolve) => sessions[0]?.ping(resolve))
  expect([connection.active, connection.free]).toEqual([1, 1])
  sessions[0]?.settings({ maxConcurrentStreams: 500 })
  await owner.until(() => connection.free === 99)
  streams[0]?.respond({ ':status': 204 })
  await first.ended
  await owner.until(() => connection.free === 100)
  expect(connection.active).toBe(0)
})

test('a closing connection takes no calls, finishes those it has, and then goes', async () => {
  const begun = Promise.withResolvers<ServerHttp2Stream>()
  const { port, sessions } = await startHttp2Origin((stream) => begun.resolve(stream))
  const { connection, owner } = await openHttp2To(port)
  const call = record(connection.dispatch)
  const stream = await begun.promise
  connection.close()
  expect(connection.free).toBe(0)
  expect(owner.closedCount).toBe(1)
  const over = sessions[0] === undefined ? undefined : once(sessions[0], 'close')
  stream.respond({ ':status': 204 })
  await call.ended
  expect(call.last).toBe('end')
  await over
  expect(owner.closedCount).toBe(1)
})

test('a destroyed connection fails its calls with the reason given', async () => {
  const { port } = await startHttp2Origin((stream) => stream.respond({ ':status': 200 }))
  const { connection, owner } = await openHttp2To(port)
  const call = record(connection.dispatch)
  await call.answered
  const waiting = record(connection.dispatch, { method: 'POST', body: new FlowingBody() })
  connection.destroy(new ProxyError('draining'))
  expect(call.last).toBe('error draining')
  expect(waiting.last).toBe('error draining')
  expect(owner.closedCount).toBe(1)
})

test('a call that comes when the connection is already going was never looked at', async () => {
  const { port } = await startHttp2Origin(() => undefined)
  const { connection } = await openHttp2To(port)
  connection.close()
  const call = record(connection.dispatch)
  expect(call.error?.cause).toBeInstanceOf(Unserved)
  expect(call.error?.cause).toMatchObject({ processed: 'no' })
})

test('over TLS the scheme is https', async () => {
  const { ca, server } = certificateFiles
  const origin = createSecureServer({ cert: readCertificate(server.cert), key: readCertificate(server.key) })
  const scheme = Promise.withResolvers<unknown>()
  origin.on('stream', (stream: ServerHttp2Stream, fields) => {
    scheme.resolve(fields[':scheme'])
    stream.respond({ ':status': 204 })
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  onTestFinished(() => void origin.close())
  const { port } = origin.address() as AddressInfo
  const socket = connectTls({ port, host: '127.0.0.1', ca: readCertificate(ca), servername: 'upstream.test', ALPNProtocols: ['h2'] })
  await once(socket, 'secureConnect')
  const connection = openHttp2(socket, `127.0.0.1:${port}`, 'catalog', new WatchingOwner(), systemClock)
  onTestFinished(() => connection.destroy(new ProxyError('draining')))
  const call = record(connection.dispatch)
  await call.ended
  expect(call.events).toEqual(['start', '204', 'end'])
  expect(await scheme.promise).toBe('https')
})
