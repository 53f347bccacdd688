import { expect, test } from 'vitest'
import { FakeUpstream } from './fake-upstream.ts'

test('a call beyond the requests limit is refused at once, without an attempt', () => {
  const fake = new FakeUpstream({ bulkhead: { requests: 2 } })
  fake.call()
  fake.call()
  const third = fake.call()
  expect(third.events).toEqual(['start', 'error overflow'])
  expect(third.error?.retryAfterSeconds).toBe(1)
  expect(third.error?.upstream).toBe('inventory')
  expect(third.error?.detail).toContain('upstreams.inventory.bulkhead.requests')
  expect(fake.transport.openings).toHaveLength(2)
  expect(fake.upstream.rejections()).toEqual({ requests: 1, pending: 0 })
  expect(fake.upstream.figures().bulkhead.rejected).toBe(1)
})

test('a limit of 0 refuses every call', () => {
  const fake = new FakeUpstream({ bulkhead: { requests: 0 } })
  expect(fake.call().last).toBe('error overflow')
  expect(fake.transport.openings).toHaveLength(0)
})

test('the place of a call is free again when its end is told', () => {
  const fake = new FakeUpstream({ bulkhead: { requests: 1 } })
  let next: string | undefined
  const first = fake.call({}, () => {
    next = fake.call().last
  })
  fake.transport.open()
  fake.transport.calls[0]?.answer()
  expect(first.last).toBe('end')
  expect(next).toBe('start')
})

test('a refused call that its handler aborts at its start ends once, with the reason of the abort', () => {
  const fake = new FakeUpstream({ bulkhead: { requests: 0 } })
  const refused = fake.call()
  refused.controller.pause()
  refused.controller.resume()
  expect(refused.controller.aborted).toBe(false)
  expect(refused.controller.endpoint).toBeUndefined()
  expect(refused.events).toEqual(['start', 'error overflow'])
})

test('an upgraded call keeps its place until its socket has closed', async () => {
  const fake = new FakeUpstream({ bulkhead: { requests: 1 } })
  const upgraded = fake.call({ upgrade: 'websocket' })
  fake.transport.open()
  const socket = fake.transport.calls[0]?.upgrade()
  expect(upgraded.last).toBe('upgrade')
  expect(fake.call().last).toBe('error overflow')
  const closed = Promise.withResolvers<void>()
  socket?.once('close', closed.resolve)
  socket?.destroy()
  await closed.promise
  expect(fake.call().last).toBe('start')
})

test('an upstream that hangs at full load takes nothing from another', () => {
  const hung = new FakeUpstream()
  const well = new FakeUpstream()
  for (let i = 0; i < 1_000; i++) hung.call()
  expect(hung.used).toBe('64 128 192')
  for (let i = 0; i < 1_000; i++) {
    const call = well.call()
    if (well.transport.opening.length > 0) well.transport.open()
    well.transport.calls[0]?.answer()
    expect(call.last).toBe('end')
  }
  expect(well.used).toBe('1 0 0')
})

test('closing ends when the last call has ended', async () => {
  const fake = new FakeUpstream()
  fake.call()
  fake.transport.open()
  fake.upstream.close()
  let closed = false
  const waiting = fake.upstream.closed.then(() => {
    closed = true
  })
  await Promise.resolve()
  expect(closed).toBe(false)
  fake.transport.calls[0]?.answer()
  await waiting
  expect(fake.used).toBe('0 0 0')
})
