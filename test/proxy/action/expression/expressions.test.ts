import { afterEach, describe, expect, it } from 'vitest'
import { createExpressions, type ExpressionLimits, type Expressions } from '../../../../proxy/action/expression/expressions.ts'
import type { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { systemClock } from '../../../../proxy/runtime/clock.ts'
import { ManualClock } from '../../../harness/manual-clock.ts'

const open: Expressions[] = []

/** Plenty of time, so that a busy machine does not decide the outcome. */
function expressions(limits: Partial<ExpressionLimits> = {}): Expressions {
  const created = createExpressions({ clock: systemClock, limits: { timeMs: 10_000, ...limits } })
  open.push(created)
  return created
}

async function failure(promise: Promise<string>): Promise<string> {
  const error = await promise.then(
    (value) => new Error(`unexpected result ${value}`),
    (reason: unknown) => reason as ProxyError,
  )
  return 'code' in error ? `${error.code}: ${error.detail}` : error.message
}

const backtracks = '$match(text, /^(a+)+$/)'
const backtrackInput = JSON.stringify({ text: `${'a'.repeat(60)}!` })

afterEach(async () => {
  await Promise.all(open.splice(0).map((created) => created.close()))
})

describe('expressions', () => {
  it('turn JSON text into JSON text', async () => {
    const order = expressions().compile('{ "orderId": orderId, "total": $sum(items.price) }')
    await expect(order.evaluate('{"orderId":7,"items":[{"price":2},{"price":3}]}')).resolves.toBe('{"orderId":7,"total":5}')
  })

  it('see bindings as variables', async () => {
    const undo = expressions().compile('{ "charge": $response.id, "order": orderId }')
    await expect(undo.evaluate('{"orderId":1}', { response: '{"id":"ch_1"}' })).resolves.toBe('{"charge":"ch_1","order":1}')
  })

  it('that find nothing yield null', async () => {
    await expect(expressions().compile('nothing.here').evaluate('{}')).resolves.toBe('null')
  })

  it('reject a body that is no JSON with its reason', async () => {
    await expect(failure(expressions().compile('a').evaluate('{"a":'))).resolves.toMatch(/^bad_body: the body is no JSON: .+/)
    await expect(failure(expressions().compile('a').evaluate(''))).resolves.toMatch(/^bad_body/)
  })

  it('reject a syntax error and an error while evaluating', async () => {
    const created = expressions()
    await expect(failure(created.compile('{ "a": ').evaluate('{}'))).resolves.toMatch(/^expression: .*end of expression/)
    await expect(failure(created.compile('$error("no stock")').evaluate('{}'))).resolves.toBe('expression: the expression failed: no stock')
  })

  it('cannot see the environment of the sidecar or change the world', async () => {
    const created = expressions()
    const found = ['process', '$process', 'constructor', '$string.constructor', '$lookup($string, "constructor")', '$eval("process.env")']
    const results = await Promise.all(found.map((text) => created.compile(text).evaluate('{}')))
    expect(results).toEqual(found.map(() => 'null'))
  })

  it('keep their order and their own results when many are asked at once', async () => {
    const double = expressions().compile('n * 2')
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => double.evaluate(`{"n":${n}}`)))
    expect(results).toEqual(Array.from({ length: 200 }, (_, n) => String(n * 2)))
  })
})

describe('limits of expressions', () => {
  it.each([
    ['steps', '($loop := function($n) { $loop($n + 1) }; $loop(1))', { steps: 5_000 }, 'more than 5000 steps'],
    ['depth', '($deep := function($n) { 1 + $deep($n + 1) }; $deep(1))', { depth: 500 }, 'Stack overflow'],
    ['sequence', '[1..10000000]', {}, 'maximum sequence length'],
    ['output', '$pad("", 2000, "x")', { outputBytes: 1_000 }, 'larger than 1000 bytes'],
    [
      'memory of one string',
      '$reduce([1..27], function($text, $round) { $text & $text }, "xx") ~> $uppercase',
      { memoryMiB: 32 },
      'more than 32 MiB',
    ],
    ['memory of many values', '[1..2000].([1..2000])', { memoryMiB: 32, sequence: 100_000_000 }, 'more than 32 MiB'],
  ])('%s', async (_, text, limits, detail) => {
    const created = expressions(limits)
    const reason = await failure(created.compile(text).evaluate('{}'))
    expect(reason).toContain('expression: the expression failed: ')
    expect(reason).toContain(detail)
    await expect(created.compile('1 + 1').evaluate('{}')).resolves.toBe('2')
  })

  it('of time end the culprit; those that waited behind it are evaluated all the same', async () => {
    const clock = new ManualClock()
    const created = createExpressions({ clock })
    open.push(created)
    await created.compile('1').evaluate('{}')
    const culprit = failure(created.compile(backtracks).evaluate(backtrackInput))
    const others = Promise.all([1, 2, 3].map((n) => created.compile('n').evaluate(`{"n":${n}}`)))
    clock.advance(250)
    await expect(culprit).resolves.toBe('expression: the expression failed: no result within 250 ms')
    await expect(others).resolves.toEqual(['1', '2', '3'])
  })

  it('of the queue refuse at once', async () => {
    const created = expressions({ queue: 2 })
    const one = created.compile('1')
    const accepted = Promise.all([one.evaluate('{}'), one.evaluate('{}')])
    await expect(failure(one.evaluate('{}'))).resolves.toMatch(/^overflow: 2 evaluations/)
    await expect(accepted).resolves.toEqual(['1', '1'])
    await expect(one.evaluate('{}')).resolves.toBe('1')
  })
})

describe('closing', () => {
  it('rejects what is under way and whatever comes later', async () => {
    const created = expressions()
    const pending = failure(created.compile(backtracks).evaluate(backtrackInput))
    await created.close()
    await expect(pending).resolves.toMatch(/^expression: .*shutting down/)
    await expect(failure(created.compile('1').evaluate('{}'))).resolves.toMatch(/shutting down/)
  })

  it('is harmless when no expression was ever evaluated', async () => {
    const created = expressions()
    created.compile('1')
    await expect(created.close()).resolves.toBeUndefined()
  })
})
