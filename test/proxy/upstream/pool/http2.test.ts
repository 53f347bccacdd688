import { expect, test } from 'vitest'
import { FakeUpstream } from '../fake-upstream.ts'

test('calls share one connection while it takes more, and another is opened beyond that', () => {
  const fake = new FakeUpstream({ protocol: 'http2' })
  fake.call()
  const first = fake.transport.open(2)
  fake.call()
  expect(first.active).toBe(2)
  fake.call()
  fake.transport.open(2)
  expect(fake.transport.connections.map((connection) => connection.active)).toEqual([2, 1])
  expect(fake.used).toBe('2 0 3')
})

test('a burst of calls waits for the one connection that is opening', () => {
  const fake = new FakeUpstream({ protocol: 'http2', bulkhead: { pending: 0 } })
  for (let i = 0; i < 100; i++) fake.call()
  expect(fake.used).toBe('1 0 100')
  fake.call()
  expect(fake.used).toBe('2 0 101')
  fake.transport.open(100)
  expect(fake.transport.calls).toHaveLength(100)
})

test('a connection that fails to open fails the calls that wait for it', () => {
  const fake = new FakeUpstream({ protocol: 'http2', bulkhead: { connections: 1 } })
  const calls = Array.from({ length: 110 }, () => fake.call())
  expect(fake.used).toBe('1 10 110')
  fake.transport.opening[0]?.fail()
  expect(calls.filter((call) => call.last === 'error connect_failed')).toHaveLength(100)
  expect(fake.used).toBe('1 0 10')
  fake.transport.open(100)
  while (fake.transport.calls[0] !== undefined) fake.transport.calls[0].answer()
  expect(calls.filter((call) => call.last === 'end')).toHaveLength(10)
})

test('a peer that takes fewer calls than expected: more connections, then the queue, then refusals for those that came last', () => {
  const fake = new FakeUpstream({ protocol: 'http2', bulkhead: { connections: 2, pending: 3 } })
  const calls = Array.from({ length: 20 }, () => fake.call())
  fake.transport.open(10)
  expect(fake.used).toBe('2 0 20')
  fake.transport.open(5)
  expect(fake.used).toBe('2 3 18')
  expect(calls.slice(18).map((call) => call.last)).toEqual(['error overflow', 'error overflow'])
})

test('calls that wait are sent when the peer raises its limit', () => {
  const fake = new FakeUpstream({ protocol: 'http2', bulkhead: { connections: 1 } })
  for (let i = 0; i < 3; i++) fake.call()
  const connection = fake.transport.open(1)
  expect(fake.used).toBe('1 2 3')
  connection.allow(3)
  expect(connection.active).toBe(3)
})

test('auto: what turns out to be HTTP/1.1 gets a connection for each call', () => {
  const fake = new FakeUpstream({ protocol: 'auto' })
  for (let i = 0; i < 3; i++) fake.call()
  expect(fake.used).toBe('1 0 3')
  fake.transport.open(1)
  expect(fake.used).toBe('3 0 3')
  fake.call()
  expect(fake.used).toBe('4 0 4')
})

test('a connection that is going away frees its place while its calls go on', () => {
  const fake = new FakeUpstream({ protocol: 'http2', bulkhead: { connections: 1 } })
  const first = fake.call()
  const old = fake.transport.open(100)
  old.peerCloses()
  const second = fake.call()
  fake.transport.open(100)
  for (const call of fake.transport.calls) call.answer()
  expect([first.last, second.last]).toEqual(['end', 'end'])
})

test('a stream that the peer refused is sent on a new connection, or on the same one where no more may be opened', () => {
  const fake = new FakeUpstream({ protocol: 'http2', bulkhead: { connections: 2 } })
  const [kept, refused] = [fake.call(), fake.call({ method: 'POST' })]
  fake.transport.open(100)
  fake.transport.calls[1]?.unserved('no', false)
  expect(fake.used).toBe('2 0 2')
  const second = fake.transport.open(100)
  second.calls[0]?.answer()
  expect(refused.last).toBe('end')
  const busy = [fake.call(), fake.call()]
  const again = fake.transport.calls.at(-1)
  again?.unserved('no', false)
  expect(fake.used).toBe('2 0 3')
  while (fake.transport.calls[0] !== undefined) fake.transport.calls[0].answer()
  expect([kept, ...busy].map((call) => call.last)).toEqual(['end', 'end', 'end'])
})

test('a connection without calls is closed when it has been idle for too long', () => {
  const fake = new FakeUpstream({ protocol: 'http2', timeout: { idle: 1_000 } })
  const [long, short] = [fake.call(), fake.call()]
  const connection = fake.transport.open(100)
  connection.calls[1]?.answer()
  connection.calls[0]?.head()
  fake.clock.advance(900)
  connection.calls[0]?.data('x')
  fake.clock.advance(900)
  expect(connection.closed).toBe(false)
  connection.calls[0]?.end()
  expect([long.last, short.last]).toEqual(['end', 'end'])
  fake.clock.advance(999)
  expect(connection.closed).toBe(false)
  fake.clock.advance(1)
  expect(connection.closed).toBe(true)
})
