/**
 * HTTP/1.1 on one side and HTTP/2 on the other, both ways, through the two transports with nothing between them.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import type { Connection } from '../../../../proxy/transport/connection.ts'
import { openHttp1 } from '../../../../proxy/transport/http1/client.ts'
import { StreamReading } from '../../../../proxy/transport/http1/socket-reading.ts'
import { glue } from '../../../harness/glue.ts'
import { startListener } from '../../../harness/http1-listener.ts'
import { answerOf, call, openCaller, pseudo } from '../../../harness/http2-caller.ts'
import { openHttp2To } from '../../../harness/http2-connection.ts'
import { startHttp2Listener } from '../../../harness/http2-listener.ts'
import { startHttp2Origin } from '../../../harness/http2-origin.ts'
import { RawConnection, rawCall } from '../../../harness/raw-call.ts'
import { startRawOrigin } from '../../../harness/raw-origin.ts'

async function http1To(address: string): Promise<Connection> {
  const port = Number(address.split(':')[1])
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  await once(socket, 'connect')
  const connection = openHttp1(socket, new StreamReading(socket), address, 'catalog', {
    onAvailable: () => undefined,
    onClosed: () => undefined,
  })
  onTestFinished(() => connection.destroy(new ProxyError('draining')))
  return connection
}

/** An HTTP/1.1 port in front of an HTTP/2 upstream. */
async function http1InFrontOf(port: number): Promise<number> {
  const { connection } = await openHttp2To(port)
  return (await startListener((exchange) => glue(exchange, connection.dispatch))).port
}

/** An HTTP/2 port in front of an HTTP/1.1 upstream that answers with these bytes once it has seen `until`. */
async function http2InFrontOf(until: string, answer: string, seen: string[] = []): Promise<number> {
  const address = await startRawOrigin((socket) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!text.includes(until)) return
      seen.push(text)
      text = ''
      socket.write(answer, 'latin1')
    })
  })
  const connection = await http1To(address)
  return (await startHttp2Listener((exchange) => glue(exchange, connection.dispatch))).port
}

test('a call in HTTP/1.1 reaches an HTTP/2 upstream with its chunked body and trailers, and its answer comes back chunked', async () => {
  const seen: (readonly string[])[] = []
  const { port } = await startHttp2Origin((stream, raw) => {
    seen.push(raw)
    let body = ''
    stream.on('data', (chunk: Buffer) => {
      body += chunk.toString('latin1')
    })
    stream.on('trailers', (_fields, _flags, trailers: string[]) => {
      stream.respond({ ':status': 200, 'x-y': 'z' }, { waitForTrailers: true, sendDate: false } as object)
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': trailers.join('=') }))
      stream.end(`got ${body}`)
    })
  })
  const head =
    'POST /a?b HTTP/1.1\r\nHost: shop.test\r\nX-A: 1\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nConnection: close, TE\r\n\r\n'
  const answer = await rawCall(await http1InFrontOf(port), `${head}4\r\nbody\r\n0\r\nX-Crc: 7\r\n\r\n`)
  expect(seen[0]?.slice(0, 8)).toEqual([':method', 'POST', ':scheme', 'http', ':authority', 'shop.test', ':path', '/a?b'])
  expect(seen[0]?.slice(8)).toEqual(['x-a', '1', 'te', 'trailers'])
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(answer.toLowerCase()).toContain('x-y: z\r\n')
  expect(answer.toLowerCase()).toContain('transfer-encoding: chunked\r\n')
  expect(answer).toContain('got body')
  expect(answer).toContain('\r\n0\r\nx-sum: x-crc=7\r\n\r\n')
})

test('an HTTP/2 answer of known length keeps it towards an HTTP/1.1 caller', async () => {
  const { port } = await startHttp2Origin((stream) => {
    stream.respond({ ':status': 200, 'content-length': '5' })
    stream.end('hello')
  })
  const answer = await rawCall(await http1InFrontOf(port), 'GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n')
  expect(answer.toLowerCase()).toContain('content-length: 5\r\n')
  expect(answer.toLowerCase()).not.toContain('transfer-encoding')
  expect(answer.endsWith('\r\n\r\nhello')).toBe(true)
})

test('Expect: 100-continue is answered by the HTTP/2 upstream', async () => {
  const { port } = await startHttp2Origin((stream) => {
    stream.additionalHeaders({ ':status': 100 })
    stream.on('end', () => stream.respond({ ':status': 204 }))
    stream.resume()
  })
  const caller = new RawConnection(await http1InFrontOf(port))
  caller.write('POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
  await caller.until('HTTP/1.1 100 ')
  caller.write('ok')
  expect(await caller.until('HTTP/1.1 204 ')).toContain('HTTP/1.1 204 ')
})

test('an HTTP/2 upstream that resets within its answer breaks off the HTTP/1.1 one', async () => {
  const { port } = await startHttp2Origin((stream) => {
    // Without waitForTrailers node:http2 would say END_STREAM before it resets.
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.write('part')
    setImmediate(() => stream.close(2))
  })
  const answer = await rawCall(await http1InFrontOf(port), 'GET / HTTP/1.1\r\nHost: t\r\n\r\n')
  expect(answer).toContain('part')
  expect(answer).not.toContain('\r\n0\r\n')
})

test('a call in HTTP/2 reaches an HTTP/1.1 upstream with one framing, and trailers after its chunks', async () => {
  const seen: string[] = []
  const port = await http2InFrontOf(
    '0\r\nx-crc: 7\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n',
    seen,
  )
  const stream = (await openCaller(port)).request([...pseudo('POST', '/a?b'), 'x-a', '1'], { endStream: false, waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-crc': '7' }))
  stream.end('body')
  expect(await answerOf(stream)).toMatchObject({ status: 200, headers: [], body: 'abc', trailers: ['x-sum', '9'], resetBy: 0 })
  const text = seen[0]?.toLowerCase() ?? ''
  expect(text.startsWith('post /a?b http/1.1\r\nhost: shop.test\r\n')).toBe(true)
  expect(text.match(/transfer-encoding: chunked\r\n/g)).toHaveLength(1)
  expect(text).not.toContain('content-length')
  expect(text).toContain('\r\n4\r\nbody\r\n0\r\nx-crc: 7\r\n\r\n')
})

test('a call in HTTP/2 of declared length keeps it, and a bodyless one has no framing', async () => {
  const seen: string[] = []
  const port = await http2InFrontOf('\r\n\r\n', 'HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n', seen)
  const session = await openCaller(port)
  expect(await call(session, pseudo('GET'))).toMatchObject({ status: 204, headers: [], endedByHead: true })
  expect(await call(session, [...pseudo('POST'), 'content-length', '4'], 'four')).toMatchObject({ status: 204 })
  expect(seen[0]?.toLowerCase()).not.toMatch(/content-length|transfer-encoding/)
  expect(seen[1]?.toLowerCase()).toContain('content-length: 4\r\n')
})

test('a broken HTTP/1.1 answer becomes a reset towards an HTTP/2 caller', async () => {
  const port = await http2InFrontOf('\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n')
  const got = await call(await openCaller(port), pseudo('GET'))
  expect(got.resetBy).not.toBe(0)
  expect(got.trailers).toBeNull()
})
