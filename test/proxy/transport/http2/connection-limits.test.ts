import { constants } from 'node:http2'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Exchange } from '../../../../proxy/http/exchange.ts'
import { CollectedBody } from '../../../harness/collected-body.ts'
import { FrameCaller } from '../../../harness/frame-caller.ts'
import { answerOf, call, openCaller, pseudo } from '../../../harness/http2-caller.ts'
import { data, errorCode, FrameReader, frameType, headers, preface, rstStream, settings } from '../../../harness/http2-frames.ts'
import { type Http2Listener, startHttp2Listener } from '../../../harness/http2-listener.ts'
import { ManualClock } from '../../../harness/manual-clock.ts'

function answer({ body, reply }: Exchange): void {
  body?.cancel()
  reply.start(200, [])
  reply.end()
}

/** Resolves once the connection has so many calls in progress. */
function active(listener: Http2Listener, count: number): Promise<void> {
  return expect.poll(() => listener.connections[0]?.active, { interval: 1 }).toBe(count)
}

test('a connection carries 100 calls at once; the next begins when one has ended', async () => {
  const exchanges: Exchange[] = []
  const listener = await startHttp2Listener((exchange) => exchanges.push(exchange))
  const session = await openCaller(listener.port)
  const streams = Array.from({ length: 101 }, () => answerOf(session.request(pseudo('GET'))))
  await active(listener, 100)
  await new Promise((resolve) => session.ping(resolve))
  expect(exchanges).toHaveLength(100)

  exchanges.forEach(answer)
  await expect.poll(() => exchanges.length, { interval: 1 }).toBe(101)
  exchanges.slice(100).forEach(answer)
  expect(await Promise.all(streams)).toHaveLength(101)
})

test('a caller that opens more streams than it was allowed loses its connection, and nobody sees the call', async () => {
  let seen = 0
  const listener = await startHttp2Listener(() => seen++)
  const caller = await FrameCaller.open(listener.port)
  for (let stream = 1; stream < 200; stream += 2) caller.get(stream)
  await active(listener, 100)
  caller.get(201)
  expect(errorCode(await caller.reader.nextOf(frameType.goaway))).toBe(constants.NGHTTP2_PROTOCOL_ERROR)
  expect(seen).toBe(100)
})

test('200 streams reset before their answer within ten seconds are borne, one more ends the connection', async () => {
  const clock = new ManualClock()
  const listener = await startHttp2Listener(() => undefined, { clock })
  const caller = await FrameCaller.open(listener.port)
  let stream = 1
  const openAndReset = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++, stream += 2) caller.get(stream)
    await active(listener, count)
    for (let i = 1; i <= count; i++) caller.send(rstStream(stream - 2 * i, constants.NGHTTP2_CANCEL))
  }
  for (let batch = 0; batch < 4; batch++) {
    // Two batches a window: 200 each.
    if (batch === 2) clock.advance(10_000)
    await openAndReset(100)
    await active(listener, 0)
  }
  expect(listener.malformed).toEqual([])

  await openAndReset(1)
  expect(errorCode(await caller.reader.nextOf(frameType.goaway))).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM)
  await once(caller.socket, 'close')
  expect(listener.malformed).toMatchObject([{ error: { code: 'bad_request' }, facts: { status: 0 } }])
})

test('a flood of resets in one go reaches the handler with no more than the limit', async () => {
  let seen = 0
  const { port } = await startHttp2Listener(() => seen++)
  const caller = await FrameCaller.open(port)
  const flood: Buffer[] = []
  for (let stream = 1; stream < 3000; stream += 2) flood.push(headers(stream, pseudo('GET')), rstStream(stream, 8))
  caller.send(...flood)
  await once(caller.socket, 'close')
  expect(seen).toBeLessThanOrEqual(201)
})

test('a streaming caller that cancels after the answer began costs it nothing', async () => {
  let seen = 0
  const { port, malformed } = await startHttp2Listener(({ reply }) => {
    seen++
    reply.start(200, [])
    reply.write(Buffer.from('x'))
  })
  const session = await openCaller(port)
  for (let i = 0; i < 250; i++) {
    const stream = session.request(pseudo('GET'))
    await once(stream, 'response')
    stream.close(constants.NGHTTP2_CANCEL)
  }
  expect(seen).toBe(250)
  expect(session.destroyed).toBe(false)
  expect(malformed).toEqual([])
})

test('draining says GOAWAY, lets calls in progress end, and then closes', async () => {
  const begun = Promise.withResolvers<Exchange>()
  const { port, connections } = await startHttp2Listener((exchange) => begun.resolve(exchange))
  const session = await openCaller(port)
  const goaway = once(session, 'goaway')
  const got = call(session, pseudo('GET'))
  const exchange = await begun.promise
  connections[0]?.drain()
  expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
  exchange.reply.start(200, [])
  exchange.reply.end()
  expect((await got).status).toBe(200)
  await once(session, 'close')
  expect(connections[0]?.active).toBe(0)
})

test('a drained connection whose caller never closes is cut after a second', async () => {
  const clock = new ManualClock()
  const { port, connections } = await startHttp2Listener(answer, { clock })
  const caller = await FrameCaller.open(port)
  connections[0]?.drain()
  await caller.reader.nextOf(frameType.goaway)
  clock.advance(1_000)
  await once(caller.socket, 'close')
  expect(caller.reader.closed).toBe(true)
})

test('an idle connection is closed after its time limit, one with a call in progress is not', async () => {
  const clock = new ManualClock()
  const begun = Promise.withResolvers<Exchange>()
  const listener = await startHttp2Listener((exchange) => begun.resolve(exchange), { clock, limits: { idleTimeoutMs: 60_000 } })
  const session = await openCaller(listener.port)
  const stream = session.request(pseudo('GET'))
  const exchange = await begun.promise
  clock.advance(300_000)
  answer(exchange)
  expect((await answerOf(stream)).status).toBe(200)
  const over = once(session, 'goaway')
  await active(listener, 0)
  clock.advance(60_000)
  await over
})

test('a body of declared length that stops coming ends the call, one of undeclared length may be silent', async () => {
  const clock = new ManualClock()
  const bodies = new Map<string, CollectedBody>()
  const began = Promise.withResolvers<void>()
  const { port } = await startHttp2Listener(
    (exchange) => {
      bodies.set(exchange.path, new CollectedBody(exchange.body))
      if (bodies.size === 2) began.resolve()
    },
    { clock, limits: { bodyTimeoutMs: 30_000 } },
  )
  const caller = await FrameCaller.open(port)
  caller.send(
    headers(1, pseudo('POST', '/stream'), false),
    headers(3, [...pseudo('POST', '/known'), 'content-length', '9'], false),
    data(3, 'part'),
  )
  await began.promise
  await expect.poll(() => bodies.get('/known')?.text, { interval: 1 }).toBe('part')
  clock.advance(30_000)
  expect(errorCode(await caller.reader.nextOf(frameType.rstStream))).toBe(constants.NGHTTP2_CANCEL)
  await bodies.get('/known')?.ended
  expect(bodies.get('/known')?.error?.code).toBe('caller_gone')
  expect(bodies.get('/stream')?.error).toBeNull()
})

test('a caller that begins like HTTP/2 and goes on with something else is cut off, and told', async () => {
  const listener = await startHttp2Listener(answer)
  const socket = connect({ port: listener.port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  socket.write(Buffer.concat([preface, Buffer.from('GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n')]))
  await once(socket.resume(), 'close')
  await expect.poll(() => listener.malformed, { interval: 1 }).toMatchObject([{ error: { code: 'bad_request' }, facts: { status: 0 } }])
})

test('frames that break the protocol later on close the connection', async () => {
  const listener = await startHttp2Listener(answer)
  const caller = await FrameCaller.open(listener.port)
  caller.send(data(0, 'DATA on stream 0'))
  expect(errorCode(await caller.reader.nextOf(frameType.goaway))).toBe(constants.NGHTTP2_PROTOCOL_ERROR)
  await once(caller.socket, 'close')
})

test('the first bytes may hold whole calls already', async () => {
  const { port } = await startHttp2Listener(answer)
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  socket.write(Buffer.concat([preface, settings(), headers(1, pseudo('GET')), headers(3, pseudo('GET'))]))
  const reader = new FrameReader(socket, 'client')
  const heads = [await reader.nextOf(frameType.headers, 1), await reader.nextOf(frameType.headers, 3)]
  expect(heads.map(({ payload }) => payload[0])).toEqual([0x88, 0x88])
})
