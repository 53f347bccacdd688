import { expect, test } from 'vitest'
import { type ConfigChanges, FakeUpstream } from '../fake-upstream.ts'

const bulkhead = { connections: 4, pending: 8 }

/** A mirror's compartment with four connections, a call on each, all of which have run out of time. */
function silent(changes: ConfigChanges = {}): FakeUpstream {
  const fake = new FakeUpstream({ bulkhead, timeout: { request: 1_000 }, ...changes }, { role: 'mirror' })
  for (let i = 0; i < 4; i++) {
    fake.call()
    fake.transport.open()
  }
  fake.clock.advance(1_000)
  expect(fake.used).toBe('0 0 0')
  return fake
}

test('a mirror that leaves calls unanswered gets one new connection in 50 ms', () => {
  const fake = silent()
  const waiting = Array.from({ length: 4 }, () => fake.call())
  expect(fake.transport.opening).toHaveLength(1)
  expect(fake.used).toBe('1 3 4')
  fake.clock.advance(49)
  expect(fake.transport.opening).toHaveLength(1)
  fake.clock.advance(1)
  expect(fake.transport.opening).toHaveLength(2)
  fake.clock.advance(100)
  expect(fake.used).toBe('4 0 4')
  expect(waiting.every((call) => !call.over)).toBe(true)
})

test('the first answer ends it: all that wait have a connection at once', () => {
  const fake = silent()
  for (let i = 0; i < 4; i++) fake.call()
  fake.transport.open()
  expect(fake.used).toBe('1 3 4')
  fake.transport.calls[0]?.answer()
  expect(fake.used).toBe('3 0 3')
})

test('a call that has its answer and runs out of time within the body is no silence', () => {
  const fake = new FakeUpstream({ bulkhead, timeout: { request: 1_000 } }, { role: 'mirror' })
  fake.call()
  fake.transport.open()
  fake.transport.calls[0]?.head()
  fake.clock.advance(1_000)
  for (let i = 0; i < 4; i++) fake.call()
  expect(fake.transport.opening).toHaveLength(4)
})

test('a call that runs out of time while it waits is no silence of the upstream', () => {
  const fake = new FakeUpstream({ bulkhead, timeout: { request: 1_000 } }, { role: 'mirror' })
  fake.call()
  fake.clock.advance(1_000)
  for (let i = 0; i < 4; i++) fake.call()
  expect(fake.used).toBe('4 0 4')
})

test('connections that close between answered calls are replaced at once', () => {
  const fake = new FakeUpstream({ bulkhead }, { role: 'mirror' })
  for (let i = 0; i < 20; i++) {
    const call = fake.call()
    fake.transport.open()
    fake.transport.calls[0]?.answer()
    fake.transport.live[0]?.peerCloses()
    expect(call.last).toBe('end')
  }
})

test('the detail of a refusal says that a connection waits for its turn', () => {
  const fake = silent({ bulkhead: { connections: 4, pending: 0 } })
  fake.call()
  expect(fake.call().error?.detail).toContain('replaced one in 50 ms')
})

test('a caller is never made to wait for the pace', () => {
  const fake = new FakeUpstream({ bulkhead, timeout: { request: 1_000 } })
  for (let i = 0; i < 4; i++) {
    fake.call()
    fake.transport.open()
  }
  fake.clock.advance(1_000)
  for (let i = 0; i < 4; i++) fake.call()
  expect(fake.used).toBe('4 0 4')
})

test('an upstream that is closed meanwhile still serves the calls that wait', () => {
  const fake = silent()
  for (let i = 0; i < 3; i++) fake.call()
  fake.upstream.close()
  fake.clock.advance(100)
  while (fake.transport.opening.length > 0) fake.transport.open()
  for (const call of fake.transport.calls.slice()) call.answer()
  expect(fake.used).toBe('0 0 0')
  fake.clock.advance(2_000)
  expect(fake.clock.pending).toBe(0)
})
