import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Exchange } from '../../../../proxy/http/exchange.ts'
import { startListener } from '../../../harness/http1-listener.ts'
import { RawConnection } from '../../../harness/raw-call.ts'

const plain = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function waitingCall(bytes: string) {
  const begun = Promise.withResolvers<Exchange>()
  const { port, listener } = await startListener((exchange) => begun.resolve(exchange))
  const caller = new RawConnection(port)
  caller.write(bytes)
  const exchange = await begun.promise
  const gone = new Promise<void>((resolve) => (exchange.onCallerGone = resolve))
  return { caller, exchange, gone, listener }
}

test.each([
  ['closes its side', (caller: RawConnection) => caller.socket.end()],
  ['closes', (caller: RawConnection) => caller.socket.destroy()],
  ['resets', (caller: RawConnection) => caller.socket.resetAndDestroy()],
])('a caller that %s while it waits is gone', async (_title, leave) => {
  const { caller, exchange, gone, listener } = await waitingCall(plain)
  leave(caller)
  await gone
  expect(exchange.reply.closed).toBe(true)
  expect(listener.active).toBe(0)
  exchange.reply.start(200, [])
  exchange.reply.write(Buffer.from('x'))
  exchange.reply.end()
})

test('a caller that leaves within its body is gone', async () => {
  const { caller, gone, listener } = await waitingCall('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\nabc')
  caller.socket.end()
  await gone
  expect(listener.active).toBe(0)
})

test('nobody is told after the reply has ended', async () => {
  const { caller, exchange } = await waitingCall(plain)
  let told = 0
  exchange.onCallerGone = () => void told++
  exchange.reply.start(200, ['content-length', '0'])
  exchange.reply.end()
  await caller.until('\r\n\r\n')
  caller.socket.end()
  await caller.closed()
  expect(told).toBe(0)
})

test.each(['GET / HTTP/1.0\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'])(
  'who asked with %j may close its side and still gets its answer',
  async (bytes) => {
    const answered = Promise.withResolvers<Exchange>()
    const { port } = await startListener((exchange) => answered.resolve(exchange))
    let text = ''
    const closed = Promise.withResolvers<void>()
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    socket.on('data', (chunk) => (text += chunk.toString())).on('close', () => closed.resolve())
    const halfClosed = new Promise<void>((resolve) => socket.end(bytes, () => resolve()))
    const exchange = await answered.promise
    await halfClosed
    exchange.reply.start(200, ['content-length', '2'])
    exchange.reply.write(Buffer.from('ok'))
    exchange.reply.end()
    await closed.promise
    expect(text).toMatch(/\r\n\r\nok$/)
  },
)
