import { constants, type ServerHttp2Stream } from 'node:http2'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { BufferBody } from '../../../../proxy/http/body.ts'
import type { DispatchController } from '../../../../proxy/http/dispatch.ts'
import { FlowingBody } from '../../../harness/flowing-body.ts'
import { openHttp2To } from '../../../harness/http2-connection.ts'
import { startHttp2Origin } from '../../../harness/http2-origin.ts'
import { outboundCall, record, RecordedCall } from '../../../harness/recorded-call.ts'

function collected(stream: ServerHttp2Stream): Promise<string> {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  return new Promise((resolve) => stream.on('end', () => resolve(text)))
}

test('a call goes out with its own authority and path, fields in order, and none of one connection only', async () => {
  const seen: (readonly string[])[] = []
  const { port } = await startHttp2Origin((stream, raw) => {
    seen.push(raw)
    stream.respond({ ':status': 204 })
  })
  const { connection } = await openHttp2To(port)
  const headers = [
    'Host',
    'old.test',
    'X-B',
    '1',
    'X-A',
    '2',
    'x-b',
    '3',
    'TE',
    'trailers, deflate',
    'Connection',
    'close',
    'upgrade',
    'h2c',
  ]
  const call = record(connection.dispatch, { authority: 'shop.test', path: '/a?b', headers: [...headers, 'X-Pad', ' v '] })
  await call.ended
  expect(call.events).toEqual(['start', '204', 'end'])
  const pseudo = [':method', 'GET', ':scheme', 'http', ':authority', 'shop.test', ':path', '/a?b']
  expect(seen[0]).toEqual([...pseudo, 'x-b', '1', 'x-a', '2', 'x-b', '3', 'te', 'trailers', 'x-pad', 'v'])
  expect(call.controller.endpoint).toBe(`127.0.0.1:${port}`)
})

test('Content-Length says what the body says, whatever the place holder held', async () => {
  const seen: (string | undefined)[] = []
  const { port } = await startHttp2Origin((stream, raw) => {
    seen.push(raw.filter((_, at) => raw[at - 1] === 'content-length').join())
    stream.resume()
    stream.respond({ ':status': 200 }, { endStream: true })
  })
  const { connection } = await openHttp2To(port)
  const headers = ['content-length', '999']
  await record(connection.dispatch, { method: 'POST', headers, body: new BufferBody(Buffer.from('four')) }).ended
  await record(connection.dispatch, { method: 'POST', headers: [], body: new BufferBody(Buffer.from('three')) }).ended
  await record(connection.dispatch, { method: 'POST', headers, body: new BufferBody(Buffer.alloc(0)) }).ended
  await record(connection.dispatch, { method: 'POST', headers, body: null }).ended
  expect(seen).toEqual(['4', '5', '0', ''])
})

test('request and response trailers pass', async () => {
  const { port } = await startHttp2Origin((stream) => {
    stream.on('trailers', (_fields, _flags, raw: string[]) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-echo': raw.join(), 'x-two': ['a', 'b'] }))
      stream.end('body')
    })
    stream.resume()
  })
  const { connection } = await openHttp2To(port)
  const body = new BufferBody(Buffer.from('hi'), ['X-Sum', '1', 'connection', 'x'])
  const call = record(connection.dispatch, { method: 'POST', body })
  await call.ended
  expect(call.body).toBe('body')
  expect(call.trailers).toEqual(['x-echo', 'x-sum,1', 'x-two', 'a', 'x-two', 'b'])
})

test('an answer that is a head only ends in the same breath, so that trailers-only stays trailers-only', async () => {
  const { port } = await startHttp2Origin((stream) => {
    stream.resume()
    stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true })
  })
  const { connection } = await openHttp2To(port)
  const call = record(connection.dispatch, { method: 'POST', body: new BufferBody(Buffer.from('x')) })
  const events: string[] = []
  call.onResponseStart = () => {
    events.push('head')
    queueMicrotask(() => events.push('later'))
  }
  call.onResponseEnd = () => events.push('end')
  await expect.poll(() => events, { interval: 1 }).toEqual(['head', 'end', 'later'])
})

test('interim answers come before the final one', async () => {
  const { port } = await startHttp2Origin((stream) => {
    stream.additionalHeaders({ ':status': 100 })
    stream.additionalHeaders({ ':status': 103, link: '</a>' })
    stream.respond({ ':status': 200 }, { endStream: true })
  })
  const { connection } = await openHttp2To(port)
  const call = record(connection.dispatch)
  await call.ended
  expect(call.events).toEqual(['start', '100', '103', '200', 'end'])
})

test('request and answer stream at the same time', async () => {
  const { port } = await startHttp2Origin((stream) => {
    stream.respond({ ':status': 200 })
    stream.pipe(stream)
  })
  const { connection } = await openHttp2To(port)
  const body = new FlowingBody()
  const call = record(connection.dispatch, { method: 'POST', body })
  await call.answered
  for (const word of ['one', 'two', 'three']) {
    const before = call.body
    body.send(word)
    await expect.poll(() => call.body, { interval: 1 }).toBe(before + word)
  }
  body.end()
  await call.ended
  expect(call.last).toBe('end')
})

test('an upstream that does not read pauses the body, and resumes it', async () => {
  const begun = Promise.withResolvers<ServerHttp2Stream>()
  const { port } = await startHttp2Origin((stream) => begun.resolve(stream))
  const { connection } = await openHttp2To(port)
  const body = new FlowingBody()
  const call = record(connection.dispatch, { method: 'POST', body })
  const chunk = 'x'.repeat(64 * 1024)
  let sent = 0
  while (!body.paused && sent < 100) {
    body.send(chunk)
    sent++
    await Promise.resolve()
  }
  expect(sent).toBeLessThan(100)
  const stream = await begun.promise
  const received = collected(stream)
  await body.resumed
  body.end()
  expect((await received).length).toBe(sent * chunk.length)
  stream.respond({ ':status': 200 }, { endStream: true })
  await call.ended
})

test('a paused answer stays with the upstream until it is resumed', async () => {
  const size = 6 * 1024 * 1024
  const { port, sessions } = await startHttp2Origin((stream) => {
    stream.respond({ ':status': 200 })
    stream.end(Buffer.alloc(size, 'x'))
  })
  const { connection } = await openHttp2To(port)
  const call = record(connection.dispatch)
  call.controller.pause()
  await call.answered
  await new Promise((resolve) => sessions[0]?.ping(resolve))
  expect(call.body).toBe('')
  call.controller.resume()
  await call.ended
  expect(call.body.length).toBe(size)
})

/** Takes each piece a little later than it comes. */
class SlowReader extends RecordedCall {
  override onResponseData(controller: DispatchController, chunk: Buffer): void {
    super.onResponseData(controller, chunk)
    controller.pause()
    setImmediate(() => controller.resume())
  }
}

test('an answer as long as it said is whole, although its server ends it by RST_STREAM alone', async () => {
  const piece = Buffer.alloc(256 * 1024, 'x')
  const { port } = await startHttp2Origin((stream) => {
    stream.respond({ ':status': 200, 'content-length': 8 * piece.length })
    let left = 8
    const more = (): void => {
      while (left-- > 0) if (!stream.write(piece)) return void stream.once('drain', more)
      stream.end()
    }
    more()
  })
  const { connection } = await openHttp2To(port)
  for (let i = 0; i < 5; i++) {
    const call = new SlowReader()
    connection.dispatch(outboundCall(), call)
    await call.ended
    expect([call.last, call.body.length]).toEqual(['end', 8 * piece.length])
  }
})

test('an aborted call resets its stream with CANCEL, tells its handler once, and never makes its body look complete', async () => {
  const begun = Promise.withResolvers<ServerHttp2Stream>()
  const { port } = await startHttp2Origin((stream) => begun.resolve(stream))
  const { connection, owner } = await openHttp2To(port)
  const body = new FlowingBody()
  const call = record(connection.dispatch, { method: 'POST', body })
  body.send('part')
  const stream = await begun.promise
  let ended = false
  stream.on('end', () => {
    ended = true
  })
  stream.resume()
  await once(stream, 'data')
  call.controller.abort(new ProxyError('deadline'))
  expect(call.events).toEqual(['start', 'error deadline'])
  expect(call.controller.aborted).toBe(true)
  expect(body.cancelled).toBe(true)
  call.controller.abort(new ProxyError('deadline'))
  await once(stream, 'close')
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL)
  expect(stream.aborted).toBe(true)
  expect(ended && stream.rstCode === 0).toBe(false)
  await owner.until(() => connection.active === 0)
})

test('a call aborted before its stream was opened sends nothing and frees its place', async () => {
  let streams = 0
  const { port, sessions } = await startHttp2Origin(() => streams++)
  const { connection, owner } = await openHttp2To(port)
  const call = record(connection.dispatch, { method: 'POST', body: new FlowingBody() })
  call.controller.abort(new ProxyError('caller_gone'))
  expect(connection.active).toBe(0)
  expect(owner.availableCount).toBe(1)
  await new Promise((resolve) => sessions[0]?.ping(resolve))
  expect(streams).toBe(0)
})

test('a body that breaks off resets the stream and fails the call with the same reason', async () => {
  const begun = Promise.withResolvers<ServerHttp2Stream>()
  const { port } = await startHttp2Origin((stream) => begun.resolve(stream))
  const { connection } = await openHttp2To(port)
  const body = new FlowingBody()
  const call = record(connection.dispatch, { method: 'POST', body })
  body.send('part')
  const stream = await begun.promise
  body.fail(new ProxyError('caller_gone'))
  await once(stream, 'close')
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL)
  expect(call.last).toBe('error caller_gone')
})

test('an answer that is complete before its request stops the request', async () => {
  const { port } = await startHttp2Origin((stream) => {
    stream.respond({ ':status': 413 })
    stream.end('too big')
  })
  const { connection, owner } = await openHttp2To(port)
  const body = new FlowingBody()
  const call = record(connection.dispatch, { method: 'POST', body })
  await call.ended
  expect(call.events).toEqual(['start', '413', 'data', 'end'])
  expect(body.cancelled).toBe(true)
  await owner.until(() => connection.active === 0)
})

test('an upgrade is refused, as HTTP/2 has none', async () => {
  const { port } = await startHttp2Origin(() => undefined)
  const { connection } = await openHttp2To(port)
  const call = record(connection.dispatch, { upgrade: 'websocket' })
  expect(call.error?.code).toBe('upgrade_unsupported')
  expect(connection.active).toBe(0)
})

test.each(['a\r\nx: y', 'a\0x\0y', 'a\u010Ab', '\x7f'])(
  'a value that cannot be sent fails the call and sends nothing (%j)',
  async (value) => {
    const { port } = await startHttp2Origin(() => undefined)
    const { connection } = await openHttp2To(port)
    for (const change of [{ headers: ['x', value] }, { path: `/${value}` }, { authority: value }]) {
      expect(record(connection.dispatch, change).error?.code).toBe('internal')
    }
    expect(connection.active).toBe(0)
  },
)
