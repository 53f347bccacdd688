import { constants } from 'node:http2'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import type { Exchange } from '../../../../proxy/http/exchange.ts'
import { CollectedBody } from '../../../harness/collected-body.ts'
import { answerOf, call, openCaller, pseudo } from '../../../harness/http2-caller.ts'
import { startHttp2Listener } from '../../../harness/http2-listener.ts'

function answer(exchange: Exchange): void {
  exchange.reply.start(200, [])
  exchange.reply.end()
}

test('a call arrives with its method, target and fields in order, repeats kept, beginning with host', async () => {
  const seen: Exchange[] = []
  const { port } = await startHttp2Listener((exchange) => {
    seen.push(exchange)
    answer(exchange)
  })
  const session = await openCaller(port)
  await call(session, [...pseudo('GET', '/a?b=c'), 'x-b', '1', 'x-a', '2', 'x-b', '3', 'te', 'trailers'])

  const [exchange] = seen
  expect(exchange).toMatchObject({ method: 'GET', authority: 'shop.test', path: '/a?b=c', scheme: 'http', protocol: 'HTTP/2', body: null })
  expect(exchange?.headers).toEqual(['host', 'shop.test', 'x-b', '1', 'x-a', '2', 'x-b', '3', 'te', 'trailers'])
  expect(exchange?.callerAddress).toBe('127.0.0.1')
  expect(exchange?.upgrade).toBeUndefined()
})

test('cookie crumbs become one field in the place of the first', async () => {
  const seen: Exchange[] = []
  const { port } = await startHttp2Listener((exchange) => {
    seen.push(exchange)
    answer(exchange)
  })
  const session = await openCaller(port)
  await call(session, [...pseudo('GET'), 'cookie', 'a=1', 'x', 'y', 'cookie', 'b=2', 'cookie', 'c=3'])
  expect(seen[0]?.headers).toEqual(['host', 'shop.test', 'cookie', 'a=1; b=2; c=3', 'x', 'y'])
})

test('a body comes with its declared length, and with its trailers', async () => {
  const bodies: CollectedBody[] = []
  const lengths: (number | undefined)[] = []
  const { port } = await startHttp2Listener((exchange) => {
    lengths.push(exchange.body?.length)
    const body = new CollectedBody(exchange.body)
    bodies.push(body)
    void body.ended.then(() => answer(exchange))
  })
  const session = await openCaller(port)
  await call(session, [...pseudo('POST'), 'content-length', '5'], 'hello')
  const stream = session.request(pseudo('POST'), { endStream: false, waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }))
  stream.end('streamed')
  await answerOf(stream)

  expect(lengths).toEqual([5, undefined])
  expect(bodies.map(({ text }) => text)).toEqual(['hello', 'streamed'])
  expect(bodies.map(({ trailers }) => trailers)).toEqual([null, ['x-sum', '42']])
})

test('an answer has lower-case names, no hop-by-hop fields, its body and its trailers', async () => {
  const { port } = await startHttp2Listener(({ reply }) => {
    reply.start(201, [
      'Content-Type',
      'text/plain',
      'Connection',
      'close',
      'Set-Cookie',
      'a',
      'set-cookie',
      'b',
      'Transfer-Encoding',
      'chunked',
    ])
    reply.write(Buffer.from('one '))
    reply.write(Buffer.from('two'))
    reply.end(['X-Sum', '7'])
  })
  const got = await call(await openCaller(port), pseudo('GET'))
  expect(got).toMatchObject({ status: 201, body: 'one two', trailers: ['x-sum', '7'], resetBy: 0 })
  expect(got.headers).toEqual(['content-type', 'text/plain', 'set-cookie', 'a', 'set-cookie', 'b'])
})

test('an answer without a body ends the stream with its head, as gRPC needs for trailers-only', async () => {
  const { port } = await startHttp2Listener(({ reply }) => {
    reply.start(200, ['content-type', 'application/grpc', 'grpc-status', '5'])
    reply.end()
  })
  const got = await call(await openCaller(port), pseudo('POST'), 'x')
  expect(got).toMatchObject({ status: 200, endedByHead: true, trailers: null, body: '' })
})

test('the head goes out although the body waits', async () => {
  const exchanges: Exchange[] = []
  const { port } = await startHttp2Listener((exchange) => {
    exchanges.push(exchange)
    exchange.reply.start(200, ['x', 'y'])
  })
  const stream = (await openCaller(port)).request(pseudo('GET'))
  await once(stream, 'response')
  exchanges[0]?.reply.write(Buffer.from('late'))
  exchanges[0]?.reply.end()
  expect((await answerOf(stream)).body).toBe('late')
})

test('HEAD and 304 are answered without a body, Content-Length kept', async () => {
  const { port } = await startHttp2Listener(({ reply, path }) => {
    reply.start(path === '/head' ? 200 : 304, ['content-length', '12'])
    reply.end()
  })
  const session = await openCaller(port)
  for (const fields of [pseudo('HEAD', '/head'), pseudo('GET', '/304')]) {
    const got = await call(session, fields)
    expect(got).toMatchObject({ headers: ['content-length', '12'], endedByHead: true, resetBy: 0 })
  }
})

test('interim answers pass before the final one', async () => {
  const { port } = await startHttp2Listener(({ reply, expectsContinue }) => {
    expect(expectsContinue).toBe(true)
    reply.inform(100, [])
    reply.inform(103, ['link', '</a>', 'link', '</b>'])
    reply.start(200, [])
    reply.end()
  })
  const got = await call(await openCaller(port), [...pseudo('POST'), 'expect', '100-continue'], 'x')
  expect(got.interim).toEqual([
    [100, []],
    [103, ['link', '</a>', 'link', '</b>']],
  ])
  expect(got.status).toBe(200)
})

test('a slow caller is told to us by write, and again by onDrain', async () => {
  const chunk = Buffer.alloc(256 * 1024, 'x')
  let refused = 0
  let sent = 0
  const total = 40
  const { port } = await startHttp2Listener(({ reply }) => {
    const pump = (): void => {
      while (sent < total) {
        sent++
        if (reply.write(chunk)) continue
        refused++
        return
      }
      reply.end()
    }
    reply.onDrain = pump
    reply.start(200, [])
    pump()
  })
  const stream = (await openCaller(port)).request(pseudo('GET'))
  await once(stream, 'response')
  expect(sent).toBeLessThan(total)
  const got = await answerOf(stream)
  expect(got.body.length).toBe(total * chunk.length)
  expect(refused).toBeGreaterThan(0)
})

test('a paused body closes the window of its caller, and a resumed one opens it', async () => {
  const size = 8 * 1024 * 1024
  const begun = Promise.withResolvers<Exchange>()
  const { port } = await startHttp2Listener((exchange) => begun.resolve(exchange))
  const session = await openCaller(port)
  const stream = session.request(pseudo('POST'), { endStream: false })
  stream.end(Buffer.alloc(size, 'x'))
  const exchange = await begun.promise
  exchange.body?.pause()
  const body = new CollectedBody(exchange.body)
  // The ping comes back after all that the windows allowed.
  await new Promise((resolve) => session.ping(resolve))
  expect(body.text.length).toBe(0)
  expect(stream.writableFinished).toBe(false)
  exchange.body?.resume()
  await body.ended
  expect(body.text.length).toBe(size)
  expect(exchange.bytesIn).toBe(size)
  answer(exchange)
})

test.each([
  ['resets the stream', (stream: { close: (code: number) => void }) => stream.close(constants.NGHTTP2_CANCEL)],
  ['loses its connection', (_: unknown, destroy: () => void) => destroy()],
])('a caller that %s before its answer is gone, once, and its body fails', async (_title, leave) => {
  const begun = Promise.withResolvers<Exchange>()
  const { port, connections } = await startHttp2Listener((exchange) => begun.resolve(exchange))
  const session = await openCaller(port)
  // Without waitForTrailers node:http2 would say END_STREAM before it resets.
  const stream = session.request(pseudo('POST'), { endStream: false, waitForTrailers: true })
  stream.on('error', () => undefined)
  stream.write('part')
  const exchange = await begun.promise
  const body = new CollectedBody(exchange.body)
  let gone = 0
  exchange.onCallerGone = () => gone++
  leave(stream, () => session.destroy())
  await body.ended
  expect(body.error?.code).toBe('caller_gone')
  expect(gone).toBe(1)
  expect(exchange.reply.closed).toBe(true)
  exchange.reply.start(200, [])
  expect(exchange.reply.write(Buffer.from('x'))).toBe(true)
  exchange.reply.end()
  expect(connections).toHaveLength(1)
})

test.each([
  ['upstream_reset', constants.NGHTTP2_INTERNAL_ERROR],
  ['caller_gone', constants.NGHTTP2_CANCEL],
  ['deadline', constants.NGHTTP2_CANCEL],
] as const)('an answer cut off by %s resets the stream with code %i', async (code, expected) => {
  let gone = false
  const { port } = await startHttp2Listener((exchange) => {
    exchange.onCallerGone = () => {
      gone = true
    }
    exchange.reply.start(200, [])
    exchange.reply.write(Buffer.from('part'))
    setImmediate(() => exchange.reply.abort(new ProxyError(code)))
  })
  const got = await call(await openCaller(port), pseudo('GET'))
  expect(got.resetBy).toBe(expected)
  expect(gone).toBe(false)
})

test('an answer that needs no more of the request reaches the caller whole, which is then told to stop', async () => {
  const { port } = await startHttp2Listener(({ body, reply }) => {
    body?.cancel()
    reply.start(413, ['content-length', '3'])
    reply.write(Buffer.from('big'))
    reply.end(['x-sum', '1'])
  })
  const session = await openCaller(port)
  const stream = session.request(pseudo('POST'), { endStream: false })
  stream.write('never ending')
  const got = await answerOf(stream)
  expect(got).toMatchObject({ status: 413, body: 'big', trailers: ['x-sum', '1'], resetBy: constants.NGHTTP2_NO_ERROR })
})

test('an upload goes on after its answer as long as somebody reads it', async () => {
  const bodies: CollectedBody[] = []
  const { port } = await startHttp2Listener((exchange) => {
    bodies.push(new CollectedBody(exchange.body))
    answer(exchange)
  })
  const stream = (await openCaller(port)).request(pseudo('POST'), { endStream: false })
  await once(stream, 'response')
  stream.end('still here')
  await bodies[0]?.ended
  expect(bodies[0]?.text).toBe('still here')
  expect(bodies[0]?.error).toBeNull()
})

test('a value that HTTP/2 cannot carry resets the stream and splits nothing', async () => {
  const { port } = await startHttp2Listener(({ reply, path }) => {
    reply.start(200, ['x-evil', path === '/nul' ? 'a\0x-injected\0b' : 'a\u010Ax-injected: b'])
    reply.end()
  })
  const session = await openCaller(port)
  for (const path of ['/nul', '/wide']) {
    const got = await call(session, pseudo('GET', path))
    expect(got).toMatchObject({ status: 0, resetBy: constants.NGHTTP2_INTERNAL_ERROR })
  }
})
