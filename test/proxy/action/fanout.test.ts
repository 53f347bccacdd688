import { describe, expect, it } from 'vitest'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import { abc, FanoutFixture } from './fanout/fixture.ts'

const order = '{"orderId":9007199254740993,"items":[]}'

describe('sending', () => {
  it('sends the body to every destination at once, each as it is configured', () => {
    const to = [
      { upstream: 'a', path: '/deduct', method: 'PUT' },
      { upstream: 'b', headers: { set: { authorization: 'key' } } },
    ]
    const fixture = new FanoutFixture({ to }, { exchange: { body: order, headers: ['accept-encoding', 'gzip', 'Expect', '100-continue'] } })
    expect(fixture.at('a').outbound).toMatchObject({ method: 'PUT', path: '/deduct', authority: 'orders.test' })
    expect(fixture.at('b').outbound).toMatchObject({ method: 'POST', path: '/orders' })
    expect([fixture.at('a').body, fixture.at('b').body]).toEqual([order, order])
    expect(fixture.at('b').header('authorization')).toBe('key')
    expect(fixture.at('a').header('traceparent')).toBe('a')
    expect(fixture.at('a').header('expect')).toBeUndefined()
    expect(fixture.at('a').header('accept-encoding')).toBe('identity')
    expect(fixture.call.attempts).toBe(2)
  })

  it('sends no body where there was none', () => {
    const fixture = new FanoutFixture({ to: abc }, { exchange: { method: 'GET' } })
    expect(fixture.at('a').outbound.body).toBeNull()
  })

  it('asks a caller that waits for the body, and refuses one that is too large without asking', () => {
    const asked = new FanoutFixture({ to: abc }, { exchange: { body: '{}', expectsContinue: true } })
    expect(asked.reply.informed).toEqual([100])
    const refused = new FanoutFixture({ to: abc, bodyLimit: '1B' }, { exchange: { body: '{}', expectsContinue: true } })
    expect(refused.reply).toMatchObject({ informed: [], status: 413 })
    expect(refused.reply.text).toContain('fanout.bodyLimit')
    expect(refused.upstream('a').calls).toHaveLength(0)
  })

  it('asks all of them even where the first fails at once', () => {
    const fixture = new FanoutFixture({ to: abc, succeed: 'any' }, { exchange: { upgrade: 'websocket' } })
    expect(fixture.reply.status).toBe(501)
    const source = { length: undefined, start: () => undefined, pause: () => undefined, resume: () => undefined, cancel: () => undefined }
    const slow = new FanoutFixture({ to: abc }, { exchange: { body: source }, deadline: 100 })
    slow.clock.advance(100)
    expect(slow.reply.status).toBe(504)
    expect(slow.upstream('a').calls).toHaveLength(0)
  })
})

describe('body expressions', () => {
  const to = [{ upstream: 'a', body: 'made' }, { upstream: 'b' }]

  it('make the body of their destination', async () => {
    const made = (input: string) => Promise.resolve(`{"made":${input.length}}`)
    const fixture = new FanoutFixture({ to }, { exchange: { body: order }, expressions: { made } })
    const a = await fixture.upstream('a').called()
    expect([a.body, a.header('content-type'), fixture.at('b').body]).toEqual([`{"made":${order.length}}`, 'application/json', order])
  })

  it('fail the whole call with 400, and send nothing, when the body is no JSON', async () => {
    const made = () => Promise.reject(new ProxyError('bad_body', { detail: 'the body is no JSON: why' }))
    const fixture = new FanoutFixture({ to }, { exchange: { body: 'no' }, expressions: { made } })
    await fixture.reply.ended
    expect(fixture.reply.json).toMatchObject({ status: 400, detail: 'the body is no JSON: why' })
    expect(fixture.upstream('b').calls).toHaveLength(0)
    const broken = new FanoutFixture({ to }, { exchange: { body: Buffer.from([0xff]).toString('latin1') }, expressions: { made } })
    await broken.reply.ended
    expect(broken.reply.status).toBe(400)
  })

  it('fail their own destination only when they fail', async () => {
    const made = () => Promise.reject(new ProxyError('expression', { detail: 'too many steps' }))
    const fixture = new FanoutFixture({ to, succeed: 'any' }, { exchange: { body: order }, expressions: { made } })
    const b = await fixture.upstream('b').called()
    b.answer(200, '1')
    expect(fixture.reply.json).toMatchObject({
      status: 'partial',
      results: { a: { status: 502, error: 'expression: too many steps' }, b: { status: 200, body: 1 } },
    })
    expect(fixture.attempts.map(({ name, status }) => [name, status])).toEqual([
      ['a', 0],
      ['b', 200],
    ])
    expect(fixture.call.attempts).toBe(1)
  })

  it('are not waited for by a caller that leaves', async () => {
    const evaluation = Promise.withResolvers<string>()
    const fixture = new FanoutFixture({ to }, { exchange: { body: order }, expressions: { made: () => evaluation.promise } })
    fixture.exchange.callerGoes()
    evaluation.resolve('{}')
    await evaluation.promise
    expect(fixture.finished).toMatchObject([{ status: 499, flags: 'DC' }])
    expect(fixture.upstream('b').calls).toHaveLength(0)
  })
})

describe('deadlines', () => {
  it('are the route’s for all but a required destination with a timeout of its own, which may take what the caller granted', () => {
    const to = [
      { upstream: 'a', timeout: '5s', required: true },
      { upstream: 'b', timeout: '5s' },
      { upstream: 'c', required: true },
      { upstream: 'd', timeout: '200ms' },
    ]
    const fixture = new FanoutFixture({ to, succeed: 'required' }, { deadline: 3_000, granted: 4_000 })
    expect(['a', 'b', 'c', 'd'].map((name) => fixture.at(name).outbound.deadline)).toEqual([4_000, 3_000, 3_000, 200])
    expect(fixture.at('c').header('x-tandem-timeout-ms')).toBe('3000')
  })
})

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
    expect(fixture.reply.headers).toEqual(['content-type', 'application/json', 'content-length', '187', 'x-tandem-completed', 'true'])
    expect(fixture.finished).toEqual([{ status: 200, flags: '', bytesIn: 0, bytesOut: 187, attempts: 3 }])
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

  it('asks all of them even where the first is refused within dispatch', () => {
    const to = [{ upstream: 'a', path: '/1', name: 'one' }, { upstream: 'b' }]
    const fixture = new FanoutFixture({ to: [...to, { upstream: 'a', name: 'two' }] })
    expect(fixture.upstream('a').calls).toHaveLength(2)
    fixture.at('a', 1).fail('overflow')
    expect(fixture.reply.json).toMatchObject({ results: { one: { status: 'pending' }, two: { status: 503, error: 'UO: overflow' } } })
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
    const total = (input: string) => Promise.resolve(`[${input}]`)
    const fixture = new FanoutFixture(config, { expressions: { total } })
    fixture.at('a').answer(200, '1')
    await fixture.reply.ended
    expect(fixture.reply.json).toEqual([{ status: 'success', results: { a: { status: 200, durationMs: 0, body: 1 } } }])
    expect(fixture.reply.header('x-tandem-completed')).toBe('true')
  })

  it('is 502 when the expression fails, though the destinations did not', async () => {
    const total = () => Promise.reject(new ProxyError('expression', { detail: 'no' }))
    const fixture = new FanoutFixture(config, { expressions: { total } })
    fixture.at('a').answer(200, '1')
    await fixture.reply.ended
    expect(fixture.reply.json).toMatchObject({ status: 502, detail: 'no', route: 'place-order' })
    expect(fixture.reply.header('x-tandem-completed')).toBe('true')
  })
})

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
  it.each(['combined', 'first'])('cancels what runs (%s)', (respond) => {
    const fixture = new FanoutFixture({ to: abc, respond })
    fixture.at('a').answer(500)
    const finished = fixture.finished.length
    fixture.exchange.callerGoes()
    if (finished === 0) expect(fixture.finished).toMatchObject([{ status: 499, flags: 'DC' }])
    expect([fixture.at('b').aborted, fixture.at('c').aborted]).toEqual([finished === 0, finished === 0])
    expect(fixture.attempts).toHaveLength(finished === 0 ? 3 : 1)
  })

  it('cancels the answer that it was getting', () => {
    const fixture = new FanoutFixture({ to: abc, respond: 'first' })
    fixture.at('a').head(200)
    fixture.exchange.callerGoes()
    expect([fixture.at('a').aborted, fixture.finished]).toMatchObject([true, [{ status: 499, flags: 'DC' }]])
  })
})
