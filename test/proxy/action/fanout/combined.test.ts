import { describe, expect, it } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { abc, FanoutFixture } from './fixture.ts'

describe('combined', () => {
  it('is success with every answer in its place, as it was written', () => {
    const fixture = new FanoutFixture({ to: abc })
    fixture.clock.advance(12)
    fixture.at('b').answer(201, 'plain')
    fixture.at('a').answer(200, ' {"id": 9007199254740993} ')
    expect(fixture.reply.started).toBe(false)
    fixture.at('c').answer(204)
    expect(fixture.reply.text).toBe(
      '{"status":"success","results":{"a":{"status":200,"durationMs":12,"body":{"id": 9007199254740993}},' +
        '"b":{"status":201,"durationMs":12,"body":"plain"},"c":{"status":204,"durationMs":12,"body":""}}}',
    )
    expect(fixture.reply.status).toBe(200)
    expect(fixture.reply.headers).toEqual(['content-type', 'application/json', 'content-length', '194', 'x-tandem-completed', 'true'])
    expect(fixture.finished).toEqual([{ status: 200, flags: '', bytesIn: 0, bytesOut: 194, attempts: 3 }])
    expect(fixture.attempts[0]).toMatchObject({ name: 'b', status: 201, endpoint: 'b:80', bytesIn: 5, flags: '' })
  })

  it('is partial when what was needed succeeded and something else did not', () => {
    const to = [{ upstream: 'a', required: true }, { upstream: 'b' }]
    const fixture = new FanoutFixture({ to, succeed: 'required' })
    fixture.at('a').answer(200, '1')
    fixture.at('b').fail('deadline', 'no answer within 200 ms')
    expect(fixture.reply.json).toEqual({
      status: 'partial',
      results: { a: { status: 200, durationMs: 0, body: 1 }, b: { status: 504, durationMs: 0, error: 'UT: no answer within 200 ms' } },
    })
    expect([fixture.reply.status, fixture.reply.header('x-tandem-completed')]).toEqual([200, 'false'])
    expect(fixture.finished).toMatchObject([{ flags: '' }])
  })

  it('shows bytes that are no text as base64', () => {
    const fixture = new FanoutFixture({ to: [{ upstream: 'a' }] })
    fixture.at('a').answer(200, Buffer.from([0xff, 0xfe]))
    expect(fixture.reply.json).toMatchObject({ results: { a: { body: '//4=', encoding: 'base64' } } })
  })

  it('gives HEAD the head alone', () => {
    const fixture = new FanoutFixture({ to: [{ upstream: 'a' }] }, { exchange: { method: 'HEAD' } })
    fixture.at('a').answer(200)
    expect([fixture.reply.status, fixture.reply.text]).toEqual([200, ''])
  })
})

describe('failure', () => {
  it('is answered as soon as it is certain, with the real status; what still runs is pending and goes on', () => {
    const fixture = new FanoutFixture({ to: abc })
    fixture.at('b').answer(409, '{"reason":"sold out"}')
    expect([fixture.reply.status, fixture.reply.header('x-tandem-completed')]).toEqual([409, 'false'])
    expect(fixture.reply.json).toMatchObject({
      status: 'failure',
      results: { a: { status: 'pending' }, b: { status: 409, body: { reason: 'sold out' } } },
    })
    expect([fixture.at('a').aborted, fixture.background]).toEqual([false, 1])
    fixture.at('a').answer(200)
    fixture.at('c').answer(200)
    expect([fixture.background, fixture.attempts.length, fixture.finished.length]).toEqual([0, 3, 1])
  })

  it.each([
    ['504 when all that failed ran out of time', ['deadline', 'deadline'], 504, 'UT'],
    ['502 when they failed for different reasons', ['deadline', 'connect_failed'], 502, 'UT,UF'],
    ['502 when they failed alike', ['overflow', 'overflow'], 502, 'UO'],
  ] as const)('is %s', (_, [first, second], status, flags) => {
    const fixture = new FanoutFixture({ to: [{ upstream: 'a' }, { upstream: 'b' }], succeed: 'any' })
    fixture.at('a').fail(first)
    fixture.at('b').fail(second)
    expect([fixture.reply.status, fixture.reply.header('x-tandem-flags')]).toEqual([status, flags])
    expect(fixture.finished).toMatchObject([{ status, flags }])
  })

  it('counts only the required destinations for the status', () => {
    const to = [{ upstream: 'a', required: true }, { upstream: 'b' }]
    const fixture = new FanoutFixture({ to, succeed: 'required' })
    fixture.at('b').fail('connect_failed')
    fixture.at('a').answer(402)
    expect([fixture.reply.status, fixture.finished[0]?.flags]).toEqual([402, 'UF'])
  })

  it('of one branch is an answer beyond responseLimit, which is cut off', () => {
    const fixture = new FanoutFixture({ to: [{ upstream: 'a' }], responseLimit: '4B' })
    fixture.at('a').head(200)
    fixture.at('a').data('12345')
    expect(fixture.at('a').aborted).toBe(true)
    expect([fixture.reply.status, fixture.attempts.length]).toEqual([502, 1])
    expect(fixture.reply.text).toContain('bad_answer: the answer is larger than 4 bytes (fanout.responseLimit)')
  })
})

describe('quorum', () => {
  it('answers when enough have succeeded; the others go on', () => {
    const fixture = new FanoutFixture({ to: abc, succeed: { quorum: 2 } })
    fixture.at('c').answer(200, '3')
    fixture.at('a').answer(200, '1')
    expect(fixture.reply.json).toMatchObject({ status: 'success', results: { b: { status: 'pending' } } })
    expect(fixture.reply.header('x-tandem-completed')).toBe('false')
    expect([fixture.at('b').aborted, fixture.background]).toEqual([false, 1])
    fixture.at('b').fail('deadline')
    expect([fixture.background, fixture.attempts.length]).toEqual([0, 3])
  })

  it('is partial when one has failed by then, and a failure when it cannot be reached', () => {
    const partial = new FanoutFixture({ to: abc, succeed: { quorum: 2 } })
    partial.at('a').answer(500)
    partial.at('b').answer(200)
    partial.at('c').answer(200)
    expect(partial.reply.json).toMatchObject({ status: 'partial', results: { a: { status: 500 } } })
    const failed = new FanoutFixture({ to: abc, succeed: { quorum: 2 } })
    failed.at('a').answer(500)
    failed.at('b').answer(500)
    expect(failed.reply.status).toBe(502)
  })
})

describe('merge', () => {
  it('is one object, in the order of `to`, of those that succeeded', () => {
    const fixture = new FanoutFixture({ to: abc, respond: 'merge', succeed: 'any' })
    fixture.at('c').answer(200, '{"x":3}')
    fixture.at('a').answer(200, '{"x":1,"id":9007199254740993}')
    fixture.at('b').answer(500, '{"x":2}')
    expect(fixture.reply.text).toBe('{"x":3,"id":9007199254740993}')
    expect(fixture.reply.header('x-tandem-completed')).toBe('false')
  })

  it('takes an answer that is no object for a failure of its destination', () => {
    const fixture = new FanoutFixture({ to: [{ upstream: 'a' }], respond: 'merge' })
    fixture.at('a').answer(200, '[1]')
    expect(fixture.reply.status).toBe(502)
    expect(fixture.reply.json).toMatchObject({ results: { a: { error: 'bad_answer: the answer is JSON, but no object' } } })
  })
})

describe('jsonata', () => {
  const config = { to: [{ upstream: 'a' }], respond: { jsonata: 'total' } }

  it('answers what the expression makes of the combined document', async () => {
    const fixture = new FanoutFixture(config, { expressions: { total: (input: string) => Promise.resolve(`[${input}]`) } })
    fixture.at('a').answer(200, '1')
    await fixture.reply.ended
    expect(fixture.reply.json).toEqual([{ status: 'success', results: { a: { status: 200, durationMs: 0, body: 1 } } }])
    expect(fixture.reply.header('x-tandem-completed')).toBe('true')
  })

  it('is 502 when the expression fails, though the destinations did not', async () => {
    const fixture = new FanoutFixture(config, {
      expressions: { total: () => Promise.reject(new ProxyError('expression', { detail: 'no' })) },
    })
    fixture.at('a').answer(200, '1')
    await fixture.reply.ended
    expect(fixture.reply.json).toMatchObject({ status: 502, detail: 'no', route: 'place-order' })
    expect(fixture.reply.header('x-tandem-completed')).toBe('true')
  })
})
