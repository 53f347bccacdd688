import { describe, expect, it } from 'vitest'
import { abc, FanoutFixture } from './fixture.ts'

describe('first', () => {
  it('passes the first good answer on while it comes, at the caller’s pace, and cancels the losers', () => {
    const fixture = new FanoutFixture({ to: abc, respond: 'first' })
    fixture.at('a').answer(503, 'down')
    fixture.at('b').head(203, ['x-who', 'b'])
    expect([fixture.reply.status, fixture.reply.headers]).toEqual([203, ['x-who', 'b', 'x-tandem-completed', 'false']])
    expect([fixture.at('c').aborted, fixture.answeredBy]).toEqual([true, ['b']])
    fixture.reply.accepts = false
    fixture.at('b').data('one')
    expect(fixture.at('b').paused).toBe(true)
    fixture.reply.onDrain?.()
    expect(fixture.at('b').paused).toBe(false)
    fixture.at('b').data('two')
    fixture.at('b').end(['x-sum', '1'])
    expect([fixture.reply.text, fixture.reply.trailers]).toEqual(['onetwo', ['x-sum', '1']])
    expect(fixture.finished).toMatchObject([{ status: 203, flags: '', attempts: 3 }])
    expect(fixture.attempts.map(({ name, status, flags }) => [name, status, flags])).toEqual([
      ['a', 503, ''],
      ['c', 0, ''],
      ['b', 203, ''],
    ])
  })

  it('does not limit the answer that it passes on, nor change its coding', () => {
    const fixture = new FanoutFixture(
      { to: abc, respond: 'first', responseLimit: '1B' },
      { exchange: { headers: ['accept-encoding', 'br'] } },
    )
    expect(fixture.at('a').header('accept-encoding')).toBe('br')
    fixture.at('a').answer(200, 'longer than one byte')
    expect(fixture.reply.text).toBe('longer than one byte')
  })

  it('is the combined failure when all have failed', () => {
    const fixture = new FanoutFixture({ to: abc, respond: 'first' })
    for (const name of ['a', 'b', 'c']) fixture.at(name).answer(500, `"${name}"`)
    expect([fixture.reply.status, fixture.reply.json]).toMatchObject([502, { status: 'failure', results: { c: { body: 'c' } } }])
  })

  it('breaks off when the winner does', () => {
    const fixture = new FanoutFixture({ to: abc, respond: 'first' })
    fixture.at('a').head(200)
    fixture.at('a').fail('upstream_reset')
    expect([fixture.reply.aborted, fixture.finished]).toMatchObject([true, [{ status: 502, flags: 'UR' }]])
  })

  it('writes no body in answer to HEAD, and no length for a body that HEAD left out', () => {
    const head = new FanoutFixture({ to: [{ upstream: 'a', method: 'GET' }], respond: 'first' }, { exchange: { method: 'HEAD' } })
    head.at('a').answer(200, 'x')
    expect([head.reply.status, head.reply.text]).toEqual([200, ''])
    const get = new FanoutFixture({ to: [{ upstream: 'a', method: 'HEAD' }], respond: 'first' }, { exchange: { method: 'GET' } })
    get.at('a').answer(200, '', ['content-length', '5'])
    expect(get.reply.header('content-length')).toBeUndefined()
  })

  it('waits, with another `succeed`, until that is certain', () => {
    const fixture = new FanoutFixture({ to: abc, respond: 'first', succeed: { quorum: 2 } })
    fixture.at('b').answer(200, 'b')
    expect(fixture.reply.started).toBe(false)
    fixture.at('a').answer(200, 'a')
    expect([fixture.reply.text, fixture.at('c').aborted]).toEqual(['b', true])
  })
})

describe('from', () => {
  const from = { to: abc, respond: { from: 'b' } }

  it('passes the named answer on while it comes; the others go on', () => {
    const fixture = new FanoutFixture(from)
    fixture.at('a').fail('connect_failed')
    fixture.at('b').answer(200, 'b')
    expect([fixture.reply.text, fixture.reply.header('x-tandem-completed')]).toEqual(['b', 'false'])
    expect([fixture.at('c').aborted, fixture.background, fixture.answeredBy]).toEqual([false, 1, ['b']])
    fixture.at('c').answer(200)
    expect([fixture.background, fixture.attempts.length]).toEqual([0, 3])
  })

  it('passes the named destination’s real failure on', () => {
    const fixture = new FanoutFixture(from)
    fixture.at('b').answer(402, 'no funds', ['x-reason', 'funds'])
    expect(fixture.reply).toMatchObject({ status: 402, text: 'no funds', headers: ['x-reason', 'funds', 'x-tandem-completed', 'false'] })
  })

  it('is the combined failure when the named destination did not answer', () => {
    const fixture = new FanoutFixture(from)
    fixture.at('b').fail('deadline')
    expect([fixture.reply.status, fixture.reply.json]).toMatchObject([504, { results: { a: { status: 'pending' } } }])
  })

  it('waits, with `succeed: all`, until all have succeeded', () => {
    const fixture = new FanoutFixture({ ...from, succeed: 'all' })
    fixture.at('b').answer(200, 'b', ['x-who', 'b'])
    fixture.at('a').answer(200)
    expect(fixture.reply.started).toBe(false)
    fixture.at('c').answer(200)
    expect(fixture.reply).toMatchObject({ status: 200, text: 'b', headers: ['x-who', 'b', 'x-tandem-completed', 'true'] })
  })
})

describe('a caller that leaves', () => {
  it.each(['combined', 'first', { from: 'b' }])('cancels what runs (%j)', (respond) => {
    const fixture = new FanoutFixture({ to: abc, respond, succeed: 'any' })
    fixture.at('a').answer(500)
    fixture.exchange.callerGoes()
    expect(fixture.finished).toMatchObject([{ status: 499, flags: 'DC' }])
    expect([fixture.at('b').aborted, fixture.at('c').aborted]).toEqual([true, true])
    expect([fixture.attempts.length, fixture.background]).toEqual([3, 0])
  })

  it('cancels the answer that it was getting', () => {
    const fixture = new FanoutFixture({ to: abc, respond: 'first' })
    fixture.at('a').head(200)
    fixture.exchange.callerGoes()
    expect([fixture.at('a').aborted, fixture.finished]).toMatchObject([true, [{ status: 499, flags: 'DC' }]])
  })
})
