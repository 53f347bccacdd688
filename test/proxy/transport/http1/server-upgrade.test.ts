import { expect, test } from 'vitest'
import { startListener } from '../../../harness/http1-listener.ts'
import { RawConnection } from '../../../harness/raw-call.ts'

const asking = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

test('an upgrade hands over the bytes, early ones included, and counts as active until the connection closes', async () => {
  const { port, listener } = await startListener((exchange) => {
    expect(exchange.upgrade).toBe('websocket')
    const { stream, early } = exchange.reply.upgrade(101, ['Sec-WebSocket-Accept', 'x'])
    stream.write(early)
    stream.pipe(stream)
  })
  const caller = new RawConnection(port)
  caller.write(`${asking}early`)
  expect(await caller.until('early')).toBe(
    'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly',
  )
  expect(listener.active).toBe(1)
  caller.write('GET / HTTP/1.1\r\n\r\n')
  await caller.until('earlyGET / HTTP/1.1\r\n\r\n')
  caller.socket.end()
  await caller.closed()
})

test('the protocol that the upstream chose is the one that is told', async () => {
  const { port } = await startListener(({ reply }) => void reply.upgrade(101, ['Upgrade', 'chosen']).stream.resume())
  const caller = new RawConnection(port)
  caller.write(asking)
  expect(await caller.until('\r\n\r\n')).toContain('Upgrade: chosen\r\n\r\n')
})

test('an upgrade that is answered otherwise leaves an ordinary connection', async () => {
  const { port } = await startListener(({ reply }) => {
    reply.start(200, ['content-length', '2'])
    reply.write(Buffer.from('no'))
    reply.end()
  })
  const caller = new RawConnection(port)
  caller.write(asking + asking)
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno'
  expect(await caller.until(answer + answer)).toBe(answer + answer)
})

test('closing the listener ends upgraded connections too', async () => {
  const { port, listener } = await startListener(({ reply }) => void reply.upgrade(101, []).stream.resume())
  const caller = new RawConnection(port)
  caller.write(asking)
  await caller.until('\r\n\r\n')
  await listener.close()
  expect(await caller.closed()).toContain('101')
})
