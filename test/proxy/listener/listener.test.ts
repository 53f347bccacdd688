import { connect as connectHttp2 } from 'node:http2'
import { expect, onTestFinished, test } from 'vitest'
import type { Exchange } from '../../../proxy/http/exchange.ts'
import { defaultServerLimits } from '../../../proxy/http/server-connection.ts'
import { openListener } from '../../../proxy/listener/listener.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { echo } from '../../harness/echo.ts'
import { startListener } from '../../harness/http1-listener.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { RawConnection, rawCall } from '../../harness/raw-call.ts'

const plain = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const emptySettings = '\0\0\0\x04\0\0\0\0\0'

function http2Call(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    session.on('error', reject)
    onTestFinished(() => session.destroy())
    const stream = session.request({ ':path': '/two' })
    let text = ''
    stream.on('data', (chunk) => (text += String(chunk)))
    stream.on('end', () => resolve(text))
    stream.on('error', reject)
  })
}

test('one port speaks HTTP/1.1 and HTTP/2 by prior knowledge', async () => {
  const { port } = await startListener(echo)
  expect(await rawCall(port, plain.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).toContain('"protocol":"HTTP/1.1"')
  expect(await http2Call(port)).toContain('"protocol":"HTTP/2"')
})

test('a preface that comes in two parts is still one', async () => {
  const { port } = await startListener(echo)
  const caller = new RawConnection(port)
  caller.socket.setNoDelay(true)
  for (const byte of preface) caller.write(byte)
  caller.write(emptySettings)
  expect((await caller.until('\x04')).charCodeAt(3)).toBe(4)
})

test.each(['P', 'PR', 'PRI * HTTP/2.0\r\n'])('a request that begins like the preface, with %j alone first, is HTTP/1.1', async (start) => {
  const { port } = await startListener(echo)
  const caller = new RawConnection(port)
  const rest = start.length > 2 ? 'X: y\r\n\r\n' : 'OPFIND / HTTP/1.1\r\nHost: a\r\n\r\n'
  await new Promise<void>((resolve) => caller.socket.write(start, () => resolve()))
  await new Promise((resolve) => setImmediate(resolve))
  caller.write(rest)
  expect(await caller.until('}')).toContain(start.length > 2 ? ' 400 ' : '"method":"P')
})

test('a caller that says nothing, or only part of the preface, is cut off at the time limit', async () => {
  const clock = new ManualClock()
  const { port, listener } = await startListener(echo, { clock })
  const silent = new RawConnection(port)
  const proof = new RawConnection(port)
  proof.write(plain)
  await proof.until('}')
  clock.advance(defaultServerLimits.idleTimeoutMs)
  await silent.closed()
  expect(listener.active).toBe(0)
})

test('the facts of the listener are those of its configuration', async () => {
  const exchanges: Exchange[] = []
  const onExchange = (exchange: Exchange) => {
    exchanges.push(exchange)
    echo(exchange)
  }
  const handler = { onExchange, onMalformed: () => undefined }
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const config = { name: 'orders', address: '127.0.0.1:0', host: 'orders.shop.internal', paths: 'lenient' } as const
  const listener = await openListener(config, handler, { clock: systemClock, logger, limits: defaultServerLimits })
  onTestFinished(() => listener.close())
  expect(listener.name).toBe('orders')
  expect(listener.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/)
  const port = Number(listener.address.split(':')[1])
  expect(await rawCall(port, 'GET /a#b HTTP/1.0\r\n\r\n')).toContain('"path":"/a#b"')
  expect(exchanges[0]).toMatchObject({
    listener: { name: 'orders', host: 'orders.shop.internal', lenientPaths: true },
    scheme: 'http',
    callerAddress: '127.0.0.1',
  })
})

test('an IPv6 address is bound and shown in brackets', async () => {
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const deps = { clock: systemClock, logger, limits: defaultServerLimits }
  const listener = await openListener(
    { name: 'six', address: '[::1]:0', paths: 'strict' },
    { onExchange: echo, onMalformed: () => undefined },
    deps,
  )
  onTestFinished(() => listener.close())
  expect(listener.address).toMatch(/^\[::1\]:\d+$/)
})

test('a port that is taken, and an address that is none of ours, are refused with what to do', async () => {
  const { listener } = await startListener(echo)
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const deps = { clock: systemClock, logger, limits: defaultServerLimits }
  const open = (address: string) =>
    openListener({ name: 'b', address, paths: 'strict' }, { onExchange: echo, onMalformed: () => undefined }, deps)
  await expect(open(listener.address)).rejects.toThrow(`Listener b cannot listen on ${listener.address}: another program has this port`)
  await expect(open('192.0.2.1:0')).rejects.toThrow('this machine has no such address')
})

test('in a drain a call in progress goes on, new connections are refused, and it resolves when all is closed', async () => {
  const begun = Promise.withResolvers<Exchange>()
  const { port, listener } = await startListener((exchange) => begun.resolve(exchange))
  const caller = new RawConnection(port)
  caller.write(plain)
  const exchange = await begun.promise
  const drained = listener.drain()
  await expect(rawCall(port, plain)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  echo(exchange)
  expect(await caller.closed()).toContain('HTTP/1.1 200 OK\r\n')
  await drained
})

test('close ends calls in progress and resolves when all is closed', async () => {
  const begun = Promise.withResolvers<Exchange>()
  const { port, listener } = await startListener((exchange) => begun.resolve(exchange))
  const caller = new RawConnection(port)
  caller.write(plain)
  const exchange = await begun.promise
  let gone = 0
  exchange.onCallerGone = () => void gone++
  expect(listener.active).toBe(1)
  await listener.close()
  await caller.closed()
  expect([gone, listener.active]).toEqual([1, 0])
})
