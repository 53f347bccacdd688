import { expect, test } from 'vitest'
import type { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import type { Exchange } from '../../../../proxy/http/exchange.ts'
import { arrived, echo } from '../../../harness/echo.ts'
import { startListener } from '../../../harness/http1-listener.ts'
import { ManualClock } from '../../../harness/manual-clock.ts'
import { RawConnection, rawCall } from '../../../harness/raw-call.ts'

function post(body: string, ...lines: string[]): string {
  return ['POST / HTTP/1.1', 'Host: a', ...lines, '', body].join('\r\n')
}

test('a body of known length, an empty one and none are told apart', async () => {
  const { port } = await startListener(echo)
  expect(await rawCall(port, post('abc', 'Content-Length: 3', 'Connection: close'))).toContain('"body":"abc"')
  expect(await rawCall(port, post('', 'Content-Length: 0', 'Connection: close'))).toContain('"body":""')
  expect(await rawCall(port, post('', 'Connection: close'))).toContain('"body":null')
})

test('a chunked body loses its chunks and keeps its trailers', async () => {
  const { port } = await startListener(echo)
  const body = '3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n'
  const text = await rawCall(port, post(body, 'Transfer-Encoding: chunked', 'Connection: close'))
  expect(text).toContain('"body":"abcde","trailers":["X-Sum","1"]')
  expect(text).not.toMatch(/Transfer-Encoding/)
})

test('the call after a body is read from where the body ends', async () => {
  const { port } = await startListener(echo)
  const calls = post('abc', 'Content-Length: 3') + post('1\r\nx\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')
  const text = await rawCall(port, calls + post('', 'Connection: close'))
  expect([...text.matchAll(/"body":("\w*"|null)/g)].map(([, body]) => body)).toEqual(['"abc"', '"x"', 'null'])
})

test('length is known before the body for Content-Length only; bytesIn counts content', async () => {
  const seen: unknown[] = []
  const { port } = await startListener((exchange) => {
    seen.push(exchange.body?.length)
    echo(exchange, () => seen.push(exchange.bytesIn))
  })
  await rawCall(port, post('abc', 'Content-Length: 3', 'Connection: close'))
  await rawCall(port, post('2;x\r\nab\r\n0\r\n\r\n', 'Transfer-Encoding: chunked', 'Connection: close'))
  expect(seen).toEqual([3, 3, undefined, 2])
})

test('a paused body delivers nothing until it is resumed', async () => {
  const chunks: string[] = []
  const first = Promise.withResolvers<Exchange>()
  const ended = Promise.withResolvers<void>()
  const { port } = await startListener((exchange) => {
    exchange.body?.start({
      onBodyData: (chunk) => {
        chunks.push(chunk.toString())
        exchange.body?.pause()
        first.resolve(exchange)
      },
      onBodyEnd: () => ended.resolve(),
      onBodyError: ended.reject,
    })
  })
  const caller = new RawConnection(port)
  caller.write(post('1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'))
  const { body } = await first.promise
  expect(chunks).toEqual(['a'])
  body?.resume()
  expect(chunks).toEqual(['a', 'b'])
  body?.resume()
  body?.resume()
  await ended.promise
  expect(chunks).toEqual(['a', 'b', 'c'])
})

test('a caller that sends much is held up while nobody reads the body', async () => {
  const begun = Promise.withResolvers<Exchange>()
  const { port } = await startListener((exchange) => begun.resolve(exchange))
  const caller = new RawConnection(port)
  const size = 32 * 1024 * 1024
  caller.write(post('', `Content-Length: ${size}`, 'Connection: close'))
  caller.socket.write(Buffer.alloc(size))
  const exchange = await begun.promise
  expect(caller.socket.writableLength).toBeGreaterThan(size / 2)
  await new Promise<void>((resolve, reject) => {
    exchange.body?.start({ onBodyData: () => undefined, onBodyEnd: () => resolve(), onBodyError: reject })
  })
  expect(exchange.bytesIn).toBe(size)
})

test.each([
  ['odd chunk size', '3 \r\nabc\r\n0\r\n\r\n'],
  ['bare LF', '3\nabc\r\n0\r\n\r\n'],
  ['forbidden trailer', '0\r\nContent-Length: 3\r\n\r\n'],
])('a body that breaks the protocol (%s) is an error of the body, and the connection closes', async (_title, body) => {
  const { port } = await startListener(echo)
  const text = await rawCall(port, post(body, 'Transfer-Encoding: chunked') + post('', 'X: never'))
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(text).toContain('x-tandem-flags: DPE')
  expect(text).toContain('connection: close')
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
})

test('a body error that comes before anyone reads the body is told to who reads it later', async () => {
  const begun = Promise.withResolvers<Exchange>()
  const { port } = await startListener((exchange) => begun.resolve(exchange))
  const caller = new RawConnection(port)
  caller.write(post('abc', 'Content-Length: 10'))
  const exchange = await begun.promise
  const gone = new Promise<void>((resolve) => (exchange.onCallerGone = resolve))
  caller.socket.destroy()
  await gone
  await expect(arrived(exchange)).rejects.toMatchObject({ code: 'caller_gone' })
})

test('a body that stalls for its time limit ends in an error', async () => {
  const clock = new ManualClock()
  const moved = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<ProxyError>()
  const { port } = await startListener(
    (exchange) =>
      exchange.body?.start({
        onBodyData: () => moved.resolve(),
        onBodyEnd: () => undefined,
        onBodyError: failed.resolve,
      }),
    { clock },
  )
  const caller = new RawConnection(port)
  caller.write(post('abc', 'Content-Length: 10'))
  await moved.promise
  await Promise.resolve()
  clock.advance(59_999)
  clock.advance(2)
  expect((await failed.promise).code).toBe('caller_gone')
  await caller.closed()
})

test('after an early reply a small rest of the body is dropped and the connection goes on', async () => {
  const { port } = await startListener(({ reply }) => {
    reply.start(413, ['content-length', '0'])
    reply.end()
  })
  const caller = new RawConnection(port)
  caller.write(post('abc', 'Content-Length: 10'))
  await caller.until('413')
  caller.write(`defghij${post('', 'Connection: close')}`)
  expect((await caller.closed()).match(/HTTP\/1\.1 413/g)).toHaveLength(2)
})

test('after an early reply a large rest is not waited for, and the answer still arrives', async () => {
  const { port } = await startListener(({ reply }) => {
    reply.start(413, ['content-length', '0'])
    reply.end()
  })
  const caller = new RawConnection(port)
  caller.write(post('x'.repeat(100_000), 'Content-Length: 200000'))
  expect(await caller.closed()).toMatch(/^HTTP\/1\.1 413 Content Too Large\r\n/)
})

test('a rest of the body that does not come closes the connection after a second', async () => {
  const clock = new ManualClock()
  const { port } = await startListener(
    ({ reply }) => {
      reply.start(413, ['content-length', '0'])
      reply.end()
    },
    { clock },
  )
  const caller = new RawConnection(port)
  caller.write(post('abc', 'Content-Length: 10'))
  await caller.until('413')
  clock.advance(1_000)
  expect(await caller.closed()).toMatch(/^HTTP\/1\.1 413 /)
})

test('Expect: 100-continue waits for inform, and a final answer without it closes', async () => {
  const { port } = await startListener((exchange) => {
    expect(exchange.expectsContinue).toBe(true)
    if (exchange.path === '/no') {
      exchange.reply.start(403, ['content-length', '0'])
      return exchange.reply.end()
    }
    exchange.reply.inform(100, [])
    echo(exchange)
  })
  const yes = new RawConnection(port)
  yes.write(post('', 'Content-Length: 3', 'Expect: 100-continue'))
  await yes.until('HTTP/1.1 100 Continue\r\n\r\n')
  yes.write('abc')
  expect(await yes.until('}')).toContain('"body":"abc"')
  const no = await rawCall(port, 'POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n')
  expect(no).toContain('403 Forbidden\r\ncontent-length: 0\r\nconnection: close')
})
