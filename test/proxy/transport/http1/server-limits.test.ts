import { expect, test } from 'vitest'
import { echo } from '../../../harness/echo.ts'
import { startListener } from '../../../harness/http1-listener.ts'
import { ManualClock } from '../../../harness/manual-clock.ts'
import { RawConnection, rawCall } from '../../../harness/raw-call.ts'

const plain = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

test('a malformed head is answered with a problem, told to the handler, and the connection closes', async () => {
  const { port, malformed } = await startListener(echo)
  const text = await rawCall(port, 'GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n')
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json\r\n/)
  expect(text).toContain('\r\nx-tandem-flags: DPE\r\nconnection: close\r\n\r\n')
  expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ title: 'Malformed request', status: 400 })
  expect(malformed).toEqual([
    {
      error: expect.objectContaining({ code: 'bad_request' }),
      facts: expect.objectContaining({ status: 400, callerAddress: '127.0.0.1' }),
    },
  ])
})

test('what was asked before the malformed head is answered first, and nothing after it is looked at', async () => {
  const { port } = await startListener(echo)
  const text = await rawCall(port, `${plain}X\r\n\r\n${plain}`)
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '400'])
})

test('a refusal is not lost although much more was sent', async () => {
  const { port } = await startListener(echo)
  expect(await rawCall(port, `GET\r\n\r\n${'x'.repeat(200_000)}`)).toContain('"Malformed request"')
})

test.each([
  ['fields of more than 16 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(16_384)}\r\n\r\n`],
  ['a target of more than 16 KiB', `GET /${'y'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['a head without end', 'y'.repeat(16_385)],
  ['101 fields', `GET / HTTP/1.1\r\nHost: a\r\n${'x: y\r\n'.repeat(100)}\r\n`],
])('%s are 431', async (_title, bytes) => {
  const { port, malformed } = await startListener(echo)
  expect(await rawCall(port, bytes)).toMatch(/^HTTP\/1\.1 431 /)
  expect(malformed.map(({ error }) => error.code)).toEqual(['header_too_large'])
})

test('a head of 16 KiB passes', async () => {
  const { port } = await startListener(echo)
  const start = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: '
  expect(await rawCall(port, `${start}${'y'.repeat(16_384 - start.length - 4)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
})

test.each([
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00'],
  ['a bare LF', 'GET / HTTP/1.1\n'],
  ['a bare LF after a good line', 'GET / HTTP/1.1\r\nHost: a\n'],
])('%s is refused at once, not at the end of the head', async (_title, bytes) => {
  const { port } = await startListener(echo, { clock: new ManualClock() })
  expect(await rawCall(port, bytes)).toMatch(/^HTTP\/1\.1 400 /)
})

test('a head that is cut off is refused', async () => {
  const { port } = await startListener(echo)
  const caller = new RawConnection(port)
  caller.socket.end('GET / HTTP/1.1\r\nHost')
  expect(await caller.closed()).toMatch(/^HTTP\/1\.1 400 /)
})

test('a head has 15 s from its first byte on, however it drips in', async () => {
  const clock = new ManualClock()
  const { port, malformed } = await startListener(echo, { clock })
  const caller = new RawConnection(port)
  caller.write(`${plain}GET / HTTP/1.1\r\nHost: a\r\n`)
  await caller.until('}')
  clock.advance(14_999)
  expect(malformed).toEqual([])
  clock.advance(1)
  expect(await caller.closed()).toContain('HTTP/1.1 408 Request Timeout\r\n')
  expect(malformed.map(({ error }) => error.code)).toEqual(['head_timeout'])
})

test('an idle connection is closed without a word after 300 s', async () => {
  const clock = new ManualClock()
  const { port, malformed } = await startListener(echo, { clock })
  const caller = new RawConnection(port)
  caller.write(plain)
  const text = await caller.until('}')
  clock.advance(299_000)
  caller.write(plain)
  await caller.until(`${text}HTTP`)
  clock.advance(299_999)
  clock.advance(1)
  await caller.closed()
  expect(malformed).toEqual([])
})

test('waiting for the answer has no limit here', async () => {
  const clock = new ManualClock()
  const begun = Promise.withResolvers<() => void>()
  const { port } = await startListener((exchange) => begun.resolve(() => echo(exchange)), { clock })
  const caller = new RawConnection(port)
  caller.write(plain)
  const answer = await begun.promise
  clock.advance(3_600_000)
  answer()
  expect(await caller.until('}')).toContain('200 OK')
})

test('a caller that does not close after our last answer is cut off', async () => {
  const clock = new ManualClock()
  const { port } = await startListener(echo, { clock })
  const caller = new RawConnection(port)
  caller.socket.allowHalfOpen = true
  caller.write('X\r\n\r\n')
  await new Promise((resolve) => caller.socket.on('end', resolve))
  clock.advance(2_000)
  caller.socket.write('still', () => caller.socket.write('here'))
  expect(await caller.closed()).toContain(' 400 ')
})
