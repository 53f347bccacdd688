import { constants } from 'node:http2'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { type Connection, Unserved } from '../../../../proxy/transport/connection.ts'
import { FlowingBody } from '../../../harness/flowing-body.ts'
import { type FramePeer, startFrameOrigin } from '../../../harness/frame-origin.ts'
import { openHttp2To, type WatchingOwner } from '../../../harness/http2-connection.ts'
import { data, errorCode, flag, frame, frameType, goaway, headers, rstStream } from '../../../harness/http2-frames.ts'
import { saying, startRawOrigin } from '../../../harness/raw-origin.ts'
import { record } from '../../../harness/recorded-call.ts'

async function connected(): Promise<{ peer: FramePeer; connection: Connection; owner: WatchingOwner }> {
  const origin = await startFrameOrigin()
  const { connection, owner } = await openHttp2To(origin.port)
  return { peer: await origin.connected, connection, owner }
}

const ok = [':status', '200']

test('after GOAWAY, calls beyond its last stream were not looked at, and the others finish', async () => {
  const { peer, connection, owner } = await connected()
  const first = record(connection.dispatch)
  const second = record(connection.dispatch)
  await peer.called(3)
  peer.send(goaway(1, 0))
  await second.ended
  expect(second.error?.cause).toMatchObject({ processed: 'no' })
  expect(connection.free).toBe(0)
  expect(owner.closedCount).toBe(1)
  peer.send(headers(1, ok))
  await first.ended
  expect(first.last).toBe('end')
})

test('after GOAWAY with an error, calls up to its last stream may have been looked at', async () => {
  const { peer, connection } = await connected()
  const first = record(connection.dispatch)
  const second = record(connection.dispatch)
  await peer.called(3)
  peer.send(goaway(1, constants.NGHTTP2_ENHANCE_YOUR_CALM))
  await Promise.all([first.ended, second.ended])
  expect(first.error).toMatchObject({ code: 'upstream_reset', upstream: 'catalog' })
  expect(first.error?.cause).not.toBeInstanceOf(Unserved)
  expect(second.error?.cause).toMatchObject({ processed: 'no' })
})

test('a refused stream was not looked at, and the connection lives on', async () => {
  const { peer, connection, owner } = await connected()
  const call = record(connection.dispatch)
  await peer.called(1)
  peer.send(rstStream(1, constants.NGHTTP2_REFUSED_STREAM))
  await call.ended
  expect(call.error?.code).toBe('upstream_reset')
  expect(call.error?.cause).toMatchObject({ processed: 'no' })
  await owner.until(() => connection.free === 100)
  expect(owner.closedCount).toBe(0)
})

test.each([
  ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR, 'upstream_reset'],
  ['CANCEL', constants.NGHTTP2_CANCEL, 'upstream_reset'],
  ['PROTOCOL_ERROR', constants.NGHTTP2_PROTOCOL_ERROR, 'upstream_protocol'],
  ['NO_ERROR', constants.NGHTTP2_NO_ERROR, 'upstream_reset'],
])('an answer cut off by RST_STREAM with %s fails and never looks complete', async (_name, code, expected) => {
  const { peer, connection } = await connected()
  const call = record(connection.dispatch)
  await peer.called(1)
  peer.send(headers(1, ok, false), data(1, 'part'), rstStream(1, code))
  await call.ended
  expect(call.events.filter((event) => event === 'end')).toEqual([])
  expect(call.error?.code).toBe(expected)
  expect(connection.free).toBeGreaterThan(0)
})

test('RST_STREAM with NO_ERROR after a complete answer only says that the rest of the request is not wanted', async () => {
  const { peer, connection, owner } = await connected()
  const body = new FlowingBody()
  const call = record(connection.dispatch, { method: 'POST', body })
  body.send('part')
  await peer.called(1)
  peer.send(headers(1, ok, false), data(1, 'enough', true), rstStream(1, constants.NGHTTP2_NO_ERROR))
  await call.ended
  expect(call.events).toEqual(['start', '200', 'data', 'end'])
  expect(call.body).toBe('enough')
  expect(body.cancelled).toBe(true)
  await owner.until(() => connection.free === 100)
})

test('a complete answer that its reader still holds back is cut, and told, when the connection closes', async () => {
  const { peer, connection } = await connected()
  const call = record(connection.dispatch)
  call.controller.pause()
  await peer.called(1)
  peer.send(headers(1, ok, false), data(1, 'whole', true))
  await call.answered
  peer.socket.destroy()
  await call.ended
  expect(call.error?.code).toBe('upstream_closed')
})

test.each(['end', 'reset'] as const)('a connection that goes (%s) within an answer fails the call', async (how) => {
  const { peer, connection, owner } = await connected()
  const call = record(connection.dispatch)
  await peer.called(1)
  peer.send(headers(1, ok, false), data(1, 'part'))
  await call.answered
  if (how === 'end') peer.socket.end()
  else peer.socket.resetAndDestroy()
  await call.ended
  expect(call.error?.code).toBe(how === 'end' ? 'upstream_closed' : 'upstream_reset')
  expect(call.error?.cause).not.toBeInstanceOf(Unserved)
  await owner.until(() => owner.closedCount === 1)
})

test('a kept-alive connection that closes before a byte of the answer may not have served the call; a fresh one is no excuse', async () => {
  const { peer, connection } = await connected()
  const served = record(connection.dispatch)
  await peer.called(1)
  peer.send(headers(1, ok))
  await served.ended
  const call = record(connection.dispatch)
  await peer.called(3)
  peer.socket.end()
  await call.ended
  expect(call.error).toMatchObject({ code: 'upstream_closed', cause: { processed: 'unknown' } })

  const fresh = await connected()
  const first = record(fresh.connection.dispatch)
  await fresh.peer.called(1)
  fresh.peer.socket.end()
  await first.ended
  expect(first.error?.code).toBe('upstream_closed')
  expect(first.error?.cause).not.toBeInstanceOf(Unserved)
})

test.each([
  ['a connection-specific field', headers(1, [...ok, 'connection', 'close'])],
  ['Transfer-Encoding', headers(1, [...ok, 'transfer-encoding', 'chunked'])],
  ['no status', headers(1, ['x', 'y'])],
  ['an upper-case name', headers(1, [...ok, 'X', 'y'])],
  ['more than its Content-Length', Buffer.concat([headers(1, [...ok, 'content-length', '1'], false), data(1, 'xyz', true)])],
  ['data before its head', data(1, 'x')],
])('an answer with %s breaks the protocol', async (_what, bytes) => {
  const { peer, connection } = await connected()
  const call = record(connection.dispatch)
  await peer.called(1)
  peer.send(bytes)
  await call.ended
  expect(call.error).toMatchObject({ code: 'upstream_protocol', upstream: 'catalog' })
})

test('frames that are none break the protocol and end the connection', async () => {
  const { peer, connection, owner } = await connected()
  const call = record(connection.dispatch)
  await peer.called(1)
  peer.send(frame(frameType.data, 0, 0, Buffer.from('x')))
  await call.ended
  expect(call.error?.code).toBe('upstream_protocol')
  expect(owner.closedCount).toBe(1)
})

test('an upstream that answers in HTTP/1.1 breaks the protocol', async () => {
  const address = await startRawOrigin(saying('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'))
  const { connection } = await openHttp2To(Number(address.split(':')[1]))
  const call = record(connection.dispatch)
  await call.ended
  expect(call.error?.code).toBe('upstream_protocol')
})

test('neither an aborted body nor one that breaks off says END_STREAM', async () => {
  const { peer, connection } = await connected()
  const aborted = new FlowingBody()
  const broken = new FlowingBody()
  const call = record(connection.dispatch, { method: 'POST', body: aborted })
  record(connection.dispatch, { method: 'POST', body: broken })
  aborted.send('part')
  broken.send('part')
  await peer.reader.nextOf(frameType.data, 3)
  call.controller.abort(new ProxyError('deadline'))
  broken.fail(new ProxyError('caller_gone'))
  for (const stream of [1, 3]) {
    expect(errorCode(await peer.reader.nextOf(frameType.rstStream, stream))).toBe(constants.NGHTTP2_CANCEL)
  }
  const ended = peer.reader.frames.filter(
    ({ type, flags }) => (type === frameType.data || type === frameType.headers) && flags & flag.endStream,
  )
  expect(ended).toEqual([])
})

test('a closing connection without calls goes at once, whether or not its peer closes too', async () => {
  const { peer, connection, owner } = await connected()
  connection.close()
  await once(peer.socket, 'close')
  expect(owner.closedCount).toBe(1)
})

test('an answer shorter than it said is not whole when RST_STREAM with NO_ERROR ends it, held back by its reader or not', async () => {
  for (const isHeldBack of [false, true]) {
    const { peer, connection } = await connected()
    const call = record(connection.dispatch)
    if (isHeldBack) call.controller.pause()
    await peer.called(1)
    peer.send(headers(1, [...ok, 'content-length', '5'], false), data(1, 'four'), rstStream(1, constants.NGHTTP2_NO_ERROR))
    await call.answered
    call.controller.resume()
    await call.ended
    expect(call.error?.code).toBe('upstream_reset')
  }
})
