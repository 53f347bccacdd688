import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { type BodySink, type BodySource, BufferBody } from '../../../../proxy/http/body.ts'
import type { OutboundCall } from '../../../../proxy/http/dispatch.ts'
import { openHttp1To } from '../../../harness/http1-connection.ts'
import { startRawOrigin } from '../../../harness/raw-origin.ts'
import { record } from '../../../harness/recorded-call.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A body that the test delivers by hand. */
class HandBody implements BodySource {
  readonly length: number | undefined
  sink: BodySink | null = null
  paused = 0
  resumed = 0
  cancelled = 0
  constructor(length?: number) {
    this.length = length
  }
  start(sink: BodySink): void {
    this.sink = sink
  }
  pause(): void {
    this.paused++
  }
  resume(): void {
    this.resumed++
  }
  cancel(): void {
    this.cancelled++
  }
}

/** An origin that answers once it has seen `end`, and keeps what it saw. */
async function listeningOrigin(end = '\r\n\r\n') {
  let seen = ''
  const sockets: Socket[] = []
  const address = await startRawOrigin((socket) => {
    sockets.push(socket)
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      if (seen.endsWith(end)) socket.write(ok)
    })
  })
  return { ...(await openHttp1To(address)), sockets, seen: () => seen }
}

async function sent(changes: Partial<OutboundCall>, end?: string): Promise<string> {
  const { connection, seen } = await listeningOrigin(end)
  const call = record(connection.dispatch, changes)
  await call.ended
  expect(call.last).toBe('end')
  return seen()
}

test('Host and Content-Length go out at their place and in their case, with the values of the call', async () => {
  const headers = ['X-One', '1', 'hOST', 'old.test', 'Content-LENGTH', '99', 'x-two', '2']
  expect(await sent({ method: 'POST', path: '/a?b', headers, body: new BufferBody(Buffer.from('abc')) }, 'abc')).toBe(
    'POST /a?b HTTP/1.1\r\nX-One: 1\r\nhOST: upstream.test\r\nContent-LENGTH: 3\r\nx-two: 2\r\n\r\nabc',
  )
})

test('where they have no place, Host comes first and Content-Length last', async () => {
  expect(await sent({ method: 'PUT', headers: ['x', '1'], body: new BufferBody(Buffer.from('abc')) }, 'abc')).toBe(
    'PUT / HTTP/1.1\r\nHost: upstream.test\r\nx: 1\r\ncontent-length: 3\r\n\r\nabc',
  )
})

test.each([
  ['GET', 'GET / HTTP/1.1\r\nHost: upstream.test\r\n\r\n'],
  ['DELETE', 'DELETE / HTTP/1.1\r\nHost: upstream.test\r\n\r\n'],
  ['POST', 'POST / HTTP/1.1\r\nHost: upstream.test\r\ncontent-length: 0\r\n\r\n'],
  ['PATCH', 'PATCH / HTTP/1.1\r\nHost: upstream.test\r\ncontent-length: 0\r\n\r\n'],
])('%s without a body', async (method, expected) => {
  expect(await sent({ method })).toBe(expected)
})

test('a body of unknown length is chunked, trailers included but for those that may not be', async () => {
  const { connection, seen } = await listeningOrigin('0\r\nX-Sum: 1\r\n\r\n')
  const body = new HandBody()
  const call = record(connection.dispatch, { method: 'POST', headers: ['content-length', '5'], body })
  body.sink?.onBodyData(Buffer.from('hello'))
  body.sink?.onBodyData(Buffer.alloc(0))
  body.sink?.onBodyData(Buffer.alloc(17, 'x'))
  body.sink?.onBodyEnd(['X-Sum', '1', 'Content-Length', '3'])
  await call.ended
  const head = 'POST / HTTP/1.1\r\nHost: upstream.test\r\ntransfer-encoding: chunked\r\n\r\n'
  expect(seen()).toBe(`${head}5\r\nhello\r\n11\r\n${'x'.repeat(17)}\r\n0\r\nX-Sum: 1\r\n\r\n`)
})

test('fields of one connection are never copied; TE and an upgrade are named by Connection', async () => {
  const headers = ['Connection', 'x', 'Transfer-Encoding', 'gzip', 'Keep-Alive', '1', 'Upgrade', 'y', 'te', 'trailers']
  expect(await sent({ headers })).toBe('GET / HTTP/1.1\r\nHost: upstream.test\r\nte: trailers\r\nConnection: TE\r\n\r\n')
  expect(await sent({ headers, upgrade: 'websocket' })).toBe(
    'GET / HTTP/1.1\r\nHost: upstream.test\r\nte: trailers\r\nConnection: Upgrade, TE\r\nUpgrade: websocket\r\n\r\n',
  )
})

test.each([
  ['a path with a space', { path: '/a b' }],
  ['a path with a line end', { path: '/a\r\nX: y' }],
  ['an empty path', { path: '' }],
  ['an authority with a line end', { authority: 'a\r\nX: y' }],
  ['a method that is no token', { method: 'G T' }],
  ['a value with a line end', { headers: ['x', 'a\r\ny: z'] }],
  ['a value that latin1 would turn into a line end', { headers: ['x', 'a\u010a'] }],
  ['a name with a colon', { headers: [':path', '/'] }],
])('%s is not sent, and the connection stays', async (_title, changes) => {
  const { connection, owner, seen } = await listeningOrigin()
  const body = new HandBody(3)
  const refused = record(connection.dispatch, { ...changes, body })
  expect(refused.error?.code).toBe('bad_request')
  expect([body.sink, body.cancelled, owner.availableCount, connection.free]).toEqual([null, 1, 1, 1])
  await record(connection.dispatch).ended
  expect(seen()).toBe('GET / HTTP/1.1\r\nHost: upstream.test\r\n\r\n')
})

test('a source that breaks off breaks the connection, with the error of the source', async () => {
  const { connection, owner } = await listeningOrigin('never')
  const body = new HandBody(10)
  const call = record(connection.dispatch, { method: 'POST', body })
  body.sink?.onBodyData(Buffer.from('abc'))
  body.sink?.onBodyError(new ProxyError('caller_gone'))
  expect([call.error?.code, owner.closedCount]).toEqual(['caller_gone', 1])
})

test.each([
  ['more', ['abcd', 'e']],
  ['less', ['abc']],
])('a source that delivers %s than it said breaks the connection', async (_title, chunks) => {
  const { connection, owner } = await listeningOrigin('never')
  const body = new HandBody(4)
  const call = record(connection.dispatch, { method: 'POST', body })
  for (const chunk of chunks) body.sink?.onBodyData(Buffer.from(chunk))
  if (!call.over) body.sink?.onBodyEnd(null)
  expect([call.error?.code, owner.closedCount]).toEqual(['internal', 1])
})

test('an answer that ends before the body is sent is handed on, the source cancelled, the connection not used again', async () => {
  const { connection, owner } = await listeningOrigin('abc')
  const body = new HandBody(10)
  const call = record(connection.dispatch, { method: 'POST', body })
  body.sink?.onBodyData(Buffer.from('abc'))
  await call.ended
  expect([call.last, call.body, body.cancelled, connection.free, owner.closedCount]).toEqual(['end', 'ok', 1, 0, 1])
})

test('abort cancels the source', async () => {
  const { connection } = await listeningOrigin('never')
  const body = new HandBody(10)
  record(connection.dispatch, { method: 'POST', body }).controller.abort(new ProxyError('deadline'))
  expect(body.cancelled).toBe(1)
})

test('a source faster than the upstream is paused, and resumed when the upstream reads again', async () => {
  const { connection, sockets } = await listeningOrigin('never')
  const body = new HandBody()
  record(connection.dispatch, { method: 'POST', body })
  body.sink?.onBodyData(Buffer.from('x'))
  const chunk = Buffer.alloc(1024 * 1024)
  while (body.paused === 0) body.sink?.onBodyData(chunk)
  const resumed = new Promise<void>((resolve) => (body.resume = resolve))
  sockets[0]?.resume()
  await resumed
  expect(body.paused).toBe(1)
})
