import { expect, test } from 'vitest'
import type { Exchange } from '../../../../proxy/http/exchange.ts'
import { echo } from '../../../harness/echo.ts'
import { startListener } from '../../../harness/http1-listener.ts'
import { RawConnection, rawCall } from '../../../harness/raw-call.ts'

const get = (path: string, ...lines: string[]) => ['GET ' + path + ' HTTP/1.1', 'Host: a.test', ...lines, '', ''].join('\r\n')

function answerWith(exchange: Exchange, text: string): void {
  exchange.reply.start(200, ['content-length', String(text.length)])
  exchange.reply.write(Buffer.from(text))
  exchange.reply.end()
}

test('a connection serves one call after the other', async () => {
  const { port, listener } = await startListener(echo)
  const caller = new RawConnection(port)
  caller.write(get('/one'))
  await caller.until('"path":"/one"')
  caller.write(get('/two'))
  await caller.until('"path":"/two"')
  expect(listener.active).toBe(0)
})

test('a thousand pipelined calls are answered in order', async () => {
  const { port } = await startListener((exchange) => answerWith(exchange, exchange.path))
  const paths = Array.from({ length: 1_000 }, (_, i) => `/${i}`)
  const text = await rawCall(port, paths.map((path) => get(path)).join('') + get('/last', 'Connection: close'))
  const bodies = text.split('HTTP/1.1 200 OK\r\n').slice(1)
  expect(bodies.map((answer) => answer.split('\r\n\r\n')[1])).toEqual([...paths, '/last'])
})

test('the next pipelined call is not begun before the reply to this one has ended', async () => {
  const exchanges: Exchange[] = []
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const { port, listener } = await startListener((exchange) => {
    begun[exchanges.length]?.resolve()
    exchanges.push(exchange)
  })
  const caller = new RawConnection(port)
  caller.write(get('/one') + get('/two'))
  await begun[0]?.promise
  exchanges[0]?.reply.start(200, ['content-length', '3'])
  exchanges[0]?.reply.write(Buffer.from('one'))
  await caller.until('one')
  expect(exchanges).toHaveLength(1)
  expect(listener.active).toBe(1)
  exchanges[0]?.reply.end()
  await begun[1]?.promise
  expect(exchanges[1]?.path).toBe('/two')
})

test('a head that comes byte by byte is understood', async () => {
  const { port } = await startListener(echo)
  const caller = new RawConnection(port)
  caller.socket.setNoDelay(true)
  for (const byte of get('/bytes', 'X-One: 1')) caller.write(byte)
  expect(await caller.until('}')).toContain('"headers":["Host","a.test","X-One","1"]')
})

test('a few empty lines before a request are skipped, many are refused', async () => {
  const { port } = await startListener(echo)
  expect(await rawCall(port, '\r\n\r\n\r\n\r\n' + get('/', 'Connection: close'))).toContain('HTTP/1.1 200 OK')
  expect(await rawCall(port, '\r\n'.repeat(5) + get('/'))).toContain('HTTP/1.1 400 ')
  const caller = new RawConnection(port)
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => caller.socket.write('\r\n', () => setImmediate(resolve)))
  caller.write(get('/'))
  expect(await caller.closed()).toContain('HTTP/1.1 400 ')
})

test.each([
  ['HTTP/1.1', [], false],
  ['HTTP/1.1', ['Connection: close'], true],
  ['HTTP/1.0', [], true],
  ['HTTP/1.0', ['Connection: keep-alive'], false],
])('a caller of %s with %j is told whether the connection ends', async (version, lines, closes) => {
  const { port } = await startListener((exchange) => answerWith(exchange, 'ok'))
  const caller = new RawConnection(port)
  caller.write([`GET / ${version}`, 'Host: a', ...lines, '', ''].join('\r\n'))
  const text = closes ? await caller.closed() : await caller.until('\r\n\r\nok')
  expect(text.includes('connection: close')).toBe(closes)
  expect(text.includes('connection: keep-alive')).toBe(version === 'HTTP/1.0' && !closes)
})

test('draining answers what is in progress, says so, and closes', async () => {
  const begun = Promise.withResolvers<Exchange>()
  const { port, listener } = await startListener((exchange) => begun.resolve(exchange))
  const caller = new RawConnection(port)
  caller.write(get('/'))
  const exchange = await begun.promise
  void listener.drain()
  expect(listener.active).toBe(1)
  answerWith(exchange, 'last words')
  const text = await caller.closed()
  expect(text).toContain('connection: close')
  expect(text).toContain('last words')
  expect(listener.active).toBe(0)
})

test('draining closes an idle connection at once', async () => {
  const { port, listener } = await startListener((exchange) => answerWith(exchange, 'ok'))
  const caller = new RawConnection(port)
  caller.write(get('/'))
  await caller.until('\r\n\r\nok')
  void listener.drain()
  expect(await caller.closed()).toMatch(/ok$/)
})
