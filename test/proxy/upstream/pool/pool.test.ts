import { expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { FakeUpstream } from '../fake-upstream.ts'

const gone = new ProxyError('caller_gone')

test('the call for which a connection is opened is not pending', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 1, pending: 0 } })
  const first = fake.call()
  expect(fake.used).toBe('1 0 1')
  expect(fake.call().last).toBe('error overflow')
  fake.transport.open()
  fake.transport.calls[0]?.answer()
  expect(first.events).toEqual(['start', '200', 'end'])
  expect(first.controller.endpoint).toBe('10.0.0.1:80')
})

test('beyond the pending limit a call is refused, and the detail names the limits', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 1, pending: 2 } })
  for (let i = 0; i < 3; i++) fake.call()
  expect(fake.used).toBe('1 2 3')
  const refused = fake.call()
  expect(refused.last).toBe('error overflow')
  expect(refused.error?.detail).toContain('upstreams.inventory.bulkhead.pending')
  expect(refused.error?.retryAfterSeconds).toBe(1)
  expect(fake.upstream.rejections()).toEqual({ requests: 0, pending: 1 })
})

test('an idle connection is used again, the one used last first', () => {
  const fake = new FakeUpstream()
  for (let i = 0; i < 3; i++) {
    fake.call()
    fake.transport.open()
  }
  const [a, b, c] = fake.transport.connections
  for (const connection of [a, c, b]) connection?.calls[0]?.answer()
  fake.call()
  expect(b?.active).toBe(1)
  fake.call()
  expect(c?.active).toBe(1)
  fake.call()
  expect(a?.active).toBe(1)
  expect(fake.transport.openings).toHaveLength(3)
})

test('waiting calls are served in the order in which they came', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 1 } })
  for (const path of ['/1', '/2', '/3']) fake.call({ path })
  const connection = fake.transport.open()
  const order: string[] = []
  while (connection.calls[0] !== undefined) {
    order.push(connection.calls[0].call.path)
    connection.calls[0].answer()
  }
  expect(order).toEqual(['/1', '/2', '/3'])
  expect(fake.used).toBe('1 0 0')
})

test('a connection that becomes free serves a call for which another one is still opening', () => {
  const fake = new FakeUpstream()
  fake.call()
  const first = fake.transport.open()
  const second = fake.call()
  first.calls[0]?.answer()
  expect(first.calls).toHaveLength(1)
  first.calls[0]?.answer()
  expect(second.last).toBe('end')
  fake.transport.open()
  expect(fake.used).toBe('2 0 0')
})

test('a connection that fails to open fails one call, and its place serves the next', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 1 } })
  const [first, second] = [fake.call(), fake.call()]
  fake.transport.opening[0]?.fail()
  expect(first.last).toBe('error connect_failed')
  expect(second.last).toBe('start')
  fake.transport.open()
  fake.transport.calls[0]?.answer()
  expect(second.last).toBe('end')
})

test('a connection that fails to open fails no call that another one is about to take', () => {
  const fake = new FakeUpstream()
  const [first, second] = [fake.call(), fake.call()]
  first.controller.abort(gone)
  fake.transport.opening[0]?.fail()
  expect(second.last).toBe('start')
  fake.transport.opening[0]?.fail()
  expect(second.last).toBe('error connect_failed')
  expect(fake.used).toBe('0 0 0')
})

test('an aborted call leaves the queue at once', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 1, pending: 1 } })
  fake.call()
  const waiting = fake.call()
  expect(fake.call().last).toBe('error overflow')
  waiting.controller.abort(gone)
  expect(waiting.events).toEqual(['start', 'error caller_gone'])
  expect(waiting.controller.aborted).toBe(true)
  expect(fake.used).toBe('1 0 1')
  expect(fake.call().last).toBe('start')
})

test('the connection that was opened for an aborted call serves the next, or goes idle', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 1 } })
  const [first, second] = [fake.call(), fake.call()]
  first.controller.abort(gone)
  fake.transport.open().calls[0]?.answer()
  expect(second.last).toBe('end')
  const third = fake.call()
  third.controller.abort(gone)
  expect(third.last).toBe('error caller_gone')
  const fourth = fake.call()
  fourth.controller.abort(gone)
  fake.transport.open()
  expect(fake.used).toBe('1 0 0')
})

test('a call that is aborted within its start is never placed', () => {
  const fake = new FakeUpstream()
  const events: string[] = []
  fake.upstream.dispatch(
    { method: 'GET', authority: 'a', path: '/', headers: [], body: null, upgrade: undefined, deadline: Infinity, callerAddress: '' },
    {
      onRequestStart: (controller) => controller.abort(gone),
      onRequestUpgrade: () => events.push('upgrade'),
      onResponseStart: () => events.push('head'),
      onResponseData: () => events.push('data'),
      onResponseEnd: () => events.push('end'),
      onResponseError: (_controller, error) => events.push(error.code),
    },
  )
  expect(events).toEqual(['caller_gone'])
  expect(fake.transport.openings).toHaveLength(0)
  expect(fake.used).toBe('0 0 0')
})

test('abort while the answer comes closes the connection, and what it still says is not passed on', () => {
  const fake = new FakeUpstream()
  const call = fake.call()
  fake.transport.open()
  const [sent] = fake.transport.calls
  sent?.head()
  call.controller.abort(gone)
  sent?.data('late')
  expect(call.events).toEqual(['start', '200', 'error caller_gone'])
  expect(fake.used).toBe('0 0 0')
})

test('a pause before the connection is there holds when it comes', () => {
  const fake = new FakeUpstream()
  const call = fake.call()
  call.controller.pause()
  fake.transport.open()
  expect(fake.transport.calls[0]?.paused).toBe(true)
  call.controller.resume()
  expect(fake.transport.calls[0]?.paused).toBe(false)
})

test('the connections limit holds over all endpoints: an idle one of another endpoint makes room', () => {
  const fake = new FakeUpstream({ endpoints: ['10.0.0.1:80', '10.0.0.2:80'], bulkhead: { connections: 1 } })
  fake.call()
  const first = fake.transport.open()
  first.calls[0]?.answer()
  const second = fake.call()
  expect(first.closed).toBe(true)
  expect(fake.transport.open().endpoint).toBe('10.0.0.2:80')
  expect(second.controller.endpoint).toBe('10.0.0.2:80')
  expect(fake.used).toBe('1 0 1')
})

test('a call for another endpoint gets the place of a connection that nobody else waits for', () => {
  const fake = new FakeUpstream({ endpoints: ['10.0.0.1:80', '10.0.0.2:80'], bulkhead: { connections: 1 } })
  fake.call()
  const first = fake.transport.open()
  fake.call()
  expect(fake.used).toBe('1 1 2')
  first.calls[0]?.answer()
  expect(first.closed).toBe(true)
  expect(fake.transport.opening[0]?.options.host).toBe('10.0.0.2')
})

test('an endpoint that always has calls waiting does not starve another', () => {
  const endpoints = ['10.0.0.1:80', '10.0.0.2:80']
  const fake = new FakeUpstream({ endpoints, balance: { hash: { header: 'x-key' } }, bulkhead: { connections: 1, pending: 4 } })
  const reach = (key: string) => fake.call({ headers: ['x-key', key] })
  const keyOf = new Map<string, string>()
  for (let i = 0; keyOf.size < 2; i++) {
    const probe = new FakeUpstream({ endpoints, balance: { hash: { header: 'x-key' } } })
    keyOf.set(probe.call({ headers: ['x-key', `k${i}`] }).controller.endpoint ?? '', `k${i}`)
  }
  const busy = keyOf.get('10.0.0.1:80') ?? ''
  reach(busy)
  fake.transport.open()
  const starved = reach(keyOf.get('10.0.0.2:80') ?? '')
  reach(busy)
  let turns = 0
  while (fake.transport.opening.length === 0 && turns++ < 50) {
    reach(busy)
    fake.transport.calls[0]?.answer()
  }
  expect(turns).toBeLessThan(10)
  fake.transport.open()
  fake.transport.calls[0]?.answer()
  expect(starved.last).toBe('end')
})

test('connections idle for longer than the limit are closed by one timer', () => {
  const fake = new FakeUpstream({ timeout: { idle: 1_000, request: 0 } })
  const idleAfter = (ms: number) => {
    fake.clock.advance(ms)
    fake.transport.calls[0]?.answer()
  }
  for (let i = 0; i < 2; i++) {
    fake.call()
    fake.transport.open()
  }
  idleAfter(0)
  idleAfter(600)
  const [older, newer] = fake.transport.connections
  fake.clock.advance(399)
  expect(older?.closed).toBe(false)
  fake.clock.advance(1)
  expect([older?.closed, newer?.closed]).toEqual([true, false])
  fake.clock.advance(600)
  expect(newer?.closed).toBe(true)
  fake.clock.advance(10_000)
  expect(fake.clock.pending).toBe(0)
  expect(fake.used).toBe('0 0 0')
})

test('a connection that its peer closes is forgotten', () => {
  const fake = new FakeUpstream()
  fake.call()
  const connection = fake.transport.open()
  connection.calls[0]?.answer()
  connection.peerCloses()
  expect(fake.used).toBe('0 0 0')
  fake.call()
  expect(fake.transport.opening).toHaveLength(1)
})

test('closing closes idle connections at once, the others after their calls, and openings that nobody waits for', () => {
  const fake = new FakeUpstream()
  for (let i = 0; i < 2; i++) {
    fake.call()
    fake.transport.open()
  }
  fake.transport.calls[0]?.answer()
  const aborted = fake.call()
  aborted.controller.abort(gone)
  const waiting = fake.call()
  const unneeded = fake.call()
  unneeded.controller.abort(gone)
  fake.upstream.close()
  expect(fake.transport.live).toHaveLength(1)
  fake.transport.calls[0]?.answer()
  fake.transport.open()
  fake.transport.calls[0]?.answer()
  expect(waiting.last).toBe('end')
  while (fake.transport.opening.length > 0) fake.transport.open()
  expect(fake.used).toBe('0 0 0')
  expect(fake.transport.live).toHaveLength(0)
})

test('the place of an opening that closing cancels goes to a call that waits for another endpoint', () => {
  const fake = new FakeUpstream({ endpoints: ['10.0.0.1:80', '10.0.0.2:80'], bulkhead: { connections: 1 } })
  const aborted = fake.call()
  fake.call()
  aborted.controller.abort(gone)
  expect(fake.used).toBe('1 1 1')
  fake.upstream.close()
  expect(fake.transport.open().endpoint).toBe('10.0.0.2:80')
})
