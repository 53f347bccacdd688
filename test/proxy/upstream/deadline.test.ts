import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { BodySink, BodySource } from '../../../proxy/http/body.ts'
import { deadlines } from '../../../proxy/upstream/deadline.ts'
import type { DispatchController, DispatchHandler } from '../../../proxy/http/dispatch.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { record } from '../../harness/recorded-call.ts'
import { FakeUpstream } from './fake-upstream.ts'

class SlowBody implements BodySource {
  readonly length = undefined
  sink: BodySink | null = null
  cancelled = false

  start(sink: BodySink): void {
    this.sink = sink
  }
  pause(): void {}
  resume(): void {}
  cancel(): void {
    this.cancelled = true
  }
}

test('a call that hangs ends when the request timeout passes, and its connection is closed', () => {
  const fake = new FakeUpstream({ timeout: { request: 2_000 } })
  const call = fake.call()
  fake.transport.open()
  fake.clock.advance(1_999)
  expect(call.last).toBe('start')
  fake.clock.advance(1)
  expect(call.events).toEqual(['start', 'error deadline'])
  expect(call.error?.detail).toBe('no complete answer from upstream inventory within 2000 ms (upstreams.inventory.timeout.request)')
  expect(fake.used).toBe('0 0 0')
})

test('the deadline of the call counts where it is sooner, and the detail says so', () => {
  const fake = new FakeUpstream()
  const call = fake.call({ deadline: 300 })
  fake.clock.advance(300)
  expect(call.last).toBe('error deadline')
  expect(call.error?.detail).toContain('within the 300 ms that the call had left')
})

test('a call whose deadline has passed makes no attempt', () => {
  const fake = new FakeUpstream()
  fake.clock.advance(10)
  const call = fake.call({ deadline: 10 })
  expect(call.events).toEqual(['start', 'error deadline'])
  expect(fake.transport.openings).toHaveLength(0)
  expect(fake.used).toBe('0 0 0')
})

test('waiting for a connection counts, and the call leaves the queue', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 1 }, timeout: { request: 0 } })
  fake.call()
  const waiting = fake.call({ deadline: 50 })
  fake.clock.advance(50)
  expect(waiting.last).toBe('error deadline')
  expect(fake.used).toBe('1 0 1')
})

test('a deadline that passes within the answer ends it with an error', () => {
  const fake = new FakeUpstream({ timeout: { request: 1_000 } })
  const call = fake.call()
  fake.transport.open()
  const [sent] = fake.transport.calls
  sent?.head()
  sent?.data('part')
  fake.clock.advance(1_000)
  expect(call.events).toEqual(['start', '200', 'data', 'error deadline'])
  expect(sent?.aborted).toBe(true)
})

test('the idle limit counts from the last byte in either direction', () => {
  const fake = new FakeUpstream({ timeout: { request: 0, idle: 1_000 } })
  const body = new SlowBody()
  const call = fake.call({ method: 'POST', body })
  fake.transport.open()
  const [sent] = fake.transport.calls
  sent?.call.body?.start({ onBodyData: () => {}, onBodyEnd: () => {}, onBodyError: () => {} })
  fake.clock.advance(900)
  body.sink?.onBodyData(Buffer.from('x'))
  fake.clock.advance(900)
  sent?.head()
  fake.clock.advance(900)
  sent?.data('y')
  fake.clock.advance(999)
  expect(call.last).toBe('data')
  fake.clock.advance(1)
  expect(call.last).toBe('error deadline')
  expect(call.error?.detail).toBe('no byte moved between here and upstream inventory for 1000 ms (upstreams.inventory.timeout.idle)')
})

test('an event stream outlives the request timeout, but not the idle limit', () => {
  const fake = new FakeUpstream({ timeout: { request: 1_000, idle: 5_000 } })
  const call = fake.call()
  fake.transport.open()
  const [sent] = fake.transport.calls
  sent?.head(200, ['Content-Type', 'Text/Event-Stream; charset=utf-8'])
  for (let i = 0; i < 20; i++) {
    fake.clock.advance(4_999)
    sent?.data('data: x\n\n')
  }
  expect(call.last).toBe('data')
  fake.clock.advance(5_000)
  expect(call.last).toBe('error deadline')
  expect(call.error?.detail).toContain('timeout.idle')
})

test('an event stream whose head does not come is subject to the request timeout', () => {
  const fake = new FakeUpstream({ timeout: { request: 1_000 } })
  const call = fake.call()
  fake.transport.open()
  fake.transport.calls[0]?.head(103, ['content-type', 'text/event-stream'])
  fake.clock.advance(1_000)
  expect(call.last).toBe('error deadline')
})

test('an event stream ends at the deadline that the call was given', () => {
  const fake = new FakeUpstream({ timeout: { request: 1_000 } })
  const call = fake.call({ deadline: 3_000 })
  fake.transport.open()
  fake.transport.calls[0]?.head(200, ['content-type', 'text/event-stream'])
  fake.clock.advance(2_999)
  expect(call.last).toBe('200')
  fake.clock.advance(1)
  expect(call.last).toBe('error deadline')
})

test('limits of 0 are off', () => {
  const fake = new FakeUpstream({ timeout: { request: 0, idle: 0 } })
  const call = fake.call()
  fake.transport.open()
  fake.clock.advance(1e9)
  fake.transport.calls[0]?.answer()
  expect(call.last).toBe('end')
  expect(fake.clock.pending).toBe(0)
})

test('many calls share one timer, and each ends at its own time', () => {
  const fake = new FakeUpstream({ timeout: { request: 0, idle: 0 } })
  const ended: number[] = []
  for (const deadline of [500, 100, 300, 100, 400, 200]) fake.call({ deadline }, () => ended.push(fake.clock.now()))
  expect(fake.clock.pending).toBe(1)
  fake.clock.advance(1_000)
  expect(ended).toEqual([100, 100, 200, 300, 400, 500])
  expect(fake.clock.pending).toBe(0)
})

test('a call that another one aborts at its own end is not ended twice', () => {
  const fake = new FakeUpstream({ timeout: { request: 1_000 } })
  const second = { abort: () => {} }
  const first = fake.call({}, () => second.abort())
  const other = fake.call()
  second.abort = () => other.controller.abort(first.error as NonNullable<typeof first.error>)
  fake.clock.advance(1_000)
  expect([first.last, other.last]).toEqual(['error deadline', 'error deadline'])
  expect(fake.used).toBe('2 0 0')
})

test('after an upgrade only the idle limit holds, and bytes in either direction renew it', async () => {
  const clock = new ManualClock()
  const peer = Promise.withResolvers<Socket>()
  const server = createServer((socket) => peer.resolve(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  const upgrading = (_call: unknown, handler: DispatchHandler): void => {
    const controller: DispatchController = { aborted: false, endpoint: '', pause: () => {}, resume: () => {}, abort: () => {} }
    handler.onRequestStart(controller)
    handler.onRequestUpgrade(controller, 101, [], socket)
  }
  await once(socket, 'connect')
  const call = record(deadlines('inventory', { requestMs: 1_000, idleMs: 4_000 }, clock)(upgrading), { deadline: 2_000 })
  const far = await peer.promise
  far.on('error', () => {})
  clock.advance(3_000)
  const data = once(socket, 'data')
  far.write('down')
  await data
  clock.advance(3_000)
  const received = once(far, 'data')
  socket.write('up')
  await received
  clock.advance(3_000)
  expect(socket.destroyed).toBe(false)
  const failed = once(socket, 'error')
  clock.advance(2_000)
  const [error]: unknown[] = await failed
  expect(error).toMatchObject({ code: 'deadline' })
  expect(call.last).toBe('upgrade')
  far.destroy()
  server.close()
  await once(server, 'close')
  expect(clock.pending).toBeLessThanOrEqual(1)
  clock.advance(10_000)
  expect(clock.pending).toBe(0)
})
