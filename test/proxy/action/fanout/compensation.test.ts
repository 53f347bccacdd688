import { describe, expect, it } from 'vitest'
import { compileCompensation } from '../../../../proxy/action/fanout/compensating.ts'
import { Compensation } from '../../../../proxy/action/fanout/compensation.ts'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { FanoutFixture, type FixtureOptions } from './fixture.ts'

const order = '{"orderId":7}'

/** Stock is taken and can be put back; payment decides. */
function placing(compensate: unknown, options: FixtureOptions = {}, more: object = {}): FanoutFixture {
  const to = [{ upstream: 'stock', path: '/take', headers: { set: { 'x-key': 'k' } }, compensate }, { upstream: 'payment' }]
  return new FanoutFixture({ to, ...more }, { exchange: { body: order }, ...options })
}

function failed(fixture: FanoutFixture): FanoutFixture {
  fixture.at('payment').answer(402)
  fixture.at('stock').answer(200, '{"id":"r1"}')
  return fixture
}

describe('compensation', () => {
  it('undoes what succeeded when the call fails, before the answer', () => {
    const fixture = failed(placing({ path: '/put-back', headers: { set: { 'x-why': 'undo' } } }))
    expect(fixture.reply.started).toBe(false)
    const undone = fixture.at('stock', 1)
    expect(undone.outbound).toMatchObject({ method: 'POST', path: '/put-back', deadline: 15_000 })
    expect(undone.body).toBe(order)
    expect(undone.header('idempotency-key')).toBe('request-1-stock-compensate')
    expect([undone.header('x-key'), undone.header('x-why'), undone.header('traceparent')]).toEqual(['k', 'undo', 'stock-compensate'])
    undone.answer(204)
    expect(fixture.reply.status).toBe(402)
    expect(fixture.reply.json).toMatchObject({ status: 'failure', results: { stock: { status: 200 } }, compensated: ['stock'] })
    expect([fixture.background, fixture.log]).toEqual([0, []])
  })

  it('waits for the others before it, though the failure is certain', () => {
    const fixture = placing({})
    fixture.at('payment').answer(402)
    expect(fixture.reply.started).toBe(false)
    fixture.at('stock').fail('deadline')
    expect([fixture.reply.status, fixture.upstream('stock').calls.length]).toEqual([502, 1])
    expect(fixture.reply.json).not.toHaveProperty('compensated')
  })

  it('does nothing when the call succeeds', () => {
    const fixture = placing({})
    fixture.at('stock').answer(200)
    fixture.at('payment').answer(200)
    expect([fixture.reply.status, fixture.upstream('stock').calls.length]).toEqual([200, 1])
  })

  it('makes its body of the request and of the destination’s answer', async () => {
    const fixture = failed(
      placing(
        { method: 'DELETE', body: 'release' },
        { expressions: { release: (input: string, bindings = {}) => Promise.resolve(JSON.stringify([input, bindings])) } },
      ),
    )
    const undone = await fixture.upstream('stock').called(1)
    expect(undone.outbound).toMatchObject({ method: 'DELETE', path: '/take' })
    expect(JSON.parse(undone.body)).toEqual([order, { response: '{"id":"r1"}' }])
  })

  it('is tried again with growing delays and the same key until it is done; the answer waits for the first attempt only', () => {
    const fixture = failed(placing({}))
    fixture.at('stock', 1).answer(503)
    expect(fixture.reply.json).toMatchObject({ compensated: [] })
    expect(fixture.background).toBe(1)
    fixture.clock.advance(49)
    expect(fixture.upstream('stock').calls).toHaveLength(2)
    fixture.clock.advance(1)
    fixture.at('stock', 2).fail('upstream_reset')
    fixture.clock.advance(100)
    expect(fixture.at('stock', 3).header('idempotency-key')).toBe('request-1-stock-compensate')
    fixture.at('stock', 3).answer(200)
    expect([fixture.background, fixture.clock.pending, fixture.log.length]).toEqual([0, 0, 3])
    expect(fixture.log.at(-1)).toBe('info compensated')
  })

  it('never waits longer than 30 s between two attempts', () => {
    const fixture = failed(placing({}, { random: 0.999 }))
    for (let attempt = 1; attempt < 15; attempt++) {
      fixture.at('stock', attempt).answer(429)
      fixture.clock.advance(30_000)
    }
    expect(fixture.upstream('stock').calls).toHaveLength(16)
  })

  it('gives up where it is refused for good, and says so', () => {
    const fixture = failed(placing({}))
    fixture.at('stock', 1).answer(404)
    expect([fixture.background, fixture.clock.pending]).toEqual([0, 0])
    expect(fixture.log).toEqual(['error compensation given up: undo this by hand'])
    expect(fixture.reply.json).toMatchObject({ compensated: [] })
  })

  it('gives up where its body cannot be made, and waits where the evaluator is busy', async () => {
    let evaluations = 0
    const release = () => Promise.reject(new ProxyError(evaluations++ === 0 ? 'overflow' : 'expression'))
    const fixture = failed(placing({ body: 'release' }, { expressions: { release } }))
    await fixture.reply.ended
    expect(fixture.log).toEqual(['warn compensation failed and is tried again'])
    fixture.clock.advance(100)
    await Promise.resolve().then(() => undefined)
    expect(fixture.log.at(-1)).toBe('error compensation given up: undo this by hand')
    expect(fixture.upstream('stock').calls).toHaveLength(1)
  })

  it('is not tried again where too many others wait already', () => {
    const fixture = new FanoutFixture({ to: [{ upstream: 'a' }] })
    const resolve = { upstream: (name: string) => fixture.upstream(name), expression: () => expect.unreachable() }
    const compensating = compileCompensation({ upstream: 'stock', required: false }, {}, resolve)
    for (let waiting = 0; waiting < 1_000; waiting++) compensating.pending.add({})
    const outcomes: boolean[] = []
    const deed = { name: 'stock', sent: null, request: 'null', response: 'null' }
    new Compensation(fixture.call, compensating, deed, fixture.deps).start((done) => void outcomes.push(done))
    fixture.at('stock').answer(503)
    expect([outcomes, fixture.clock.pending, fixture.background]).toEqual([[false], 0, 0])
    expect(fixture.log).toEqual(['error compensation given up: undo this by hand'])
  })

  it('undoes what was done though its answer could not be used', () => {
    const fixture = placing({}, {}, { responseLimit: '2B' })
    fixture.at('payment').answer(200)
    fixture.at('stock').answer(200, 'too long')
    fixture.at('stock', 1).answer(200)
    expect(fixture.reply.json).toMatchObject({ compensated: ['stock'] })
  })

  it('undoes everything when the expression that makes the answer fails', async () => {
    const fixture = placing(
      {},
      { expressions: { answer: () => Promise.reject(new ProxyError('expression')) } },
      { respond: { jsonata: 'answer' } },
    )
    fixture.at('stock').answer(200)
    fixture.at('payment').answer(200)
    const undone = await fixture.upstream('stock').called(1)
    undone.answer(200)
    expect(fixture.reply.status).toBe(502)
  })

  it('holds the named answer until it is certain that nothing has to be undone, and passes its failure on', () => {
    const fixture = placing({}, {}, { respond: { from: 'payment' } })
    fixture.at('payment').answer(402, 'no funds')
    expect(fixture.reply.started).toBe(false)
    fixture.at('stock').answer(200)
    fixture.at('stock', 1).answer(200)
    expect(fixture.reply).toMatchObject({ status: 402, text: 'no funds' })
  })
})

describe('a caller that leaves a call that can be undone', () => {
  it('does not cancel what runs; when all has ended, what succeeded is undone', () => {
    const fixture = placing({})
    fixture.exchange.callerGoes()
    expect([fixture.finished, fixture.background]).toMatchObject([[{ status: 499 }], 1])
    expect([fixture.at('stock').aborted, fixture.at('payment').aborted]).toEqual([false, false])
    fixture.at('stock').answer(200)
    fixture.at('payment').answer(200)
    fixture.at('stock', 1).answer(200)
    expect([fixture.background, fixture.reply.started, fixture.finished.length]).toEqual([0, false, 1])
  })

  it('while it is being undone changes nothing', () => {
    const fixture = failed(placing({}))
    fixture.exchange.callerGoes()
    fixture.at('stock', 1).answer(200)
    expect([fixture.background, fixture.reply.started]).toEqual([0, false])
    expect(fixture.finished).toMatchObject([{ status: 499 }])
  })
})
