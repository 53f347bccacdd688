import { describe, expect, it } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { BufferBody } from '../../../../proxy/http/body.ts'
import { abc, FanoutFixture } from './fixture.ts'

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

  it('asks all of them even where the first is refused within dispatch', () => {
    const fixture = new FanoutFixture({ to: abc }, { refuses: { a: 'overflow' } })
    expect([fixture.upstream('b').calls.length, fixture.upstream('c').calls.length]).toEqual([1, 1])
    expect(fixture.reply.json).toMatchObject({ results: { a: { status: 503, error: 'UO: overflow' }, c: { status: 'pending' } } })
  })

  it('refuses to switch protocols', () => {
    const fixture = new FanoutFixture({ to: abc }, { exchange: { upgrade: 'websocket' } })
    expect([fixture.reply.status, fixture.upstream('a').calls.length]).toEqual([501, 0])
  })

  it('gives up on a caller whose body does not come before the deadline', () => {
    const body = { length: undefined, start: () => undefined, pause: () => undefined, resume: () => undefined, cancel: () => undefined }
    const fixture = new FanoutFixture({ to: abc }, { exchange: { body }, deadline: 100 })
    fixture.clock.advance(100)
    expect([fixture.reply.status, fixture.upstream('a').calls.length]).toEqual([504, 0])
  })
})

describe('body expressions', () => {
  const to = [{ upstream: 'a', body: 'made' }, { upstream: 'b' }]

  it('make the body of their destination', async () => {
    const fixture = new FanoutFixture(
      { to },
      { exchange: { body: order }, expressions: { made: (input: string) => Promise.resolve(`{"made":${input.length}}`) } },
    )
    const a = await fixture.upstream('a').called()
    expect([a.body, a.header('content-type'), fixture.at('b').body]).toEqual([`{"made":${order.length}}`, 'application/json', order])
  })

  it('fail the whole call with 400, and send nothing, when the body is no JSON', async () => {
    const fixture = new FanoutFixture(
      { to },
      {
        exchange: { body: 'no' },
        expressions: { made: () => Promise.reject(new ProxyError('bad_body', { detail: 'the body is no JSON: why' })) },
      },
    )
    await fixture.reply.ended
    expect(fixture.reply.json).toMatchObject({ status: 400, detail: 'the body is no JSON: why' })
    expect(fixture.upstream('b').calls).toHaveLength(0)
  })

  it('fail the whole call with 400 when the body is no UTF-8, or is not there', async () => {
    const body = new BufferBody(Buffer.from([0xff]))
    const binary = new FanoutFixture({ to }, { exchange: { body } })
    expect(binary.reply.json).toMatchObject({ status: 400, detail: 'the body is no JSON: it is not UTF-8' })
    const absent = new FanoutFixture(
      { to },
      { expressions: { made: (input: string) => Promise.reject(new ProxyError(input === '' ? 'bad_body' : 'internal')) } },
    )
    await absent.reply.ended
    expect(absent.reply.status).toBe(400)
  })

  it('fail their own destination only when they fail', async () => {
    const fixture = new FanoutFixture(
      { to, succeed: 'any' },
      {
        exchange: { body: order },
        expressions: { made: () => Promise.reject(new ProxyError('expression', { detail: 'too many steps' })) },
      },
    )
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
