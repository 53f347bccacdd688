import { describe, expect, test } from 'vitest'
import { observing, exchangeOf, sentOn, valuesOf } from './observing.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const parentId = '05e3ac9a4f6e3b90'
const traceparent = `00-${traceId}-${spanId}-01`
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const w3c = { sample: 0, propagate: ['tracecontext' as const, 'baggage' as const] }
const both = { sample: 0, propagate: ['tracecontext' as const, 'b3' as const] }

describe('where tracing is not configured', () => {
  test('the trace context passes as it came, valid or not, and none is made up', async () => {
    const { telemetry } = await observing()
    const fields = ['traceparent', traceparent, 'tracestate', 'a=1,,', 'b3', '0', 'baggage', 'k=v']
    expect(sentOn(telemetry, fields).slice(0, fields.length)).toEqual(fields)
    expect(valuesOf(sentOn(telemetry, []), 'traceparent')).toEqual([])
  })

  test('a call still has the trace id of its caller, or one of its own', async () => {
    const { telemetry } = await observing()
    expect(telemetry.begin(exchangeOf(['traceparent', traceparent])).traceId).toBe(traceId)
    expect(telemetry.begin(exchangeOf()).traceId).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('where there is no collector', () => {
  test("the caller's decision goes on untouched", async () => {
    const { telemetry } = await observing({ tracing: w3c })
    expect(valuesOf(sentOn(telemetry, ['traceparent', traceparent]), 'traceparent')).toEqual([traceparent])
  })

  test('a call that is in no trace gets one, and all its destinations are in it', async () => {
    const { telemetry } = await observing({ tracing: w3c })
    const call = telemetry.begin(exchangeOf())
    const lists = ['a', 'b'].map((name) => {
      const headers: string[] = []
      call.attempt('destination', name, name).inject(headers)
      return valuesOf(headers, 'traceparent')[0]
    })
    expect(lists[0]).toMatch(new RegExp(`^00-${call.traceId}-[0-9a-f]{16}-00$`))
    expect(lists[1]).toBe(lists[0])
  })
})

test('baggage is end-to-end and stays whatever is propagated', async () => {
  const { telemetry } = await observing({ tracing: { sample: 0, propagate: ['b3'] } })
  expect(valuesOf(sentOn(telemetry, ['Baggage', 'user=7']), 'baggage')).toEqual(['user=7'])
})

test('a format that is not propagated passes as it came', async () => {
  const onlyB3 = await observing({ tracing: { sample: 0, propagate: ['b3'] } })
  expect(valuesOf(sentOn(onlyB3.telemetry, ['traceparent', traceparent]), 'traceparent')).toEqual([traceparent])
  const onlyW3c = await observing({ tracing: w3c })
  expect(valuesOf(sentOn(onlyW3c.telemetry, ['b3', `${traceId}-${spanId}-0`]), 'b3')).toEqual([`${traceId}-${spanId}-0`])
})

test('other fields keep their order and case', async () => {
  const { telemetry } = await observing({ tracing: both })
  const fields = ['Host', 'a', 'TraceParent', traceparent, 'X-Thing', '1', 'X-B3-TraceId', traceId, 'x-thing', '2']
  expect(sentOn(telemetry, fields).slice(0, 6)).toEqual(['Host', 'a', 'X-Thing', '1', 'x-thing', '2'])
})

async function positionOf(...fields: string[]) {
  const { telemetry } = await observing({ tracing: both })
  const headers = sentOn(telemetry, fields)
  return { traceparent: valuesOf(headers, 'traceparent').join('|'), b3: valuesOf(headers, 'b3').join('|'), headers }
}

describe('B3', () => {
  test.each([
    ['with a decision', `${traceId}-${spanId}-1`, `00-${traceId}-${spanId}-01`],
    ['with the grandparent', `${traceId}-${spanId}-1-${parentId}`, `00-${traceId}-${spanId}-01`],
    ['not sampled', `${traceId}-${spanId}-0`, `00-${traceId}-${spanId}-00`],
    ['undecided', `${traceId}-${spanId}`, `00-${traceId}-${spanId}-00`],
    ['debug', `${traceId}-${spanId}-d`, `00-${traceId}-${spanId}-01`],
    ['with a short trace id', `${traceId.slice(16)}-${spanId}-0`, `00-${'0'.repeat(16)}${traceId.slice(16)}-${spanId}-00`],
    ['in upper case', `${traceId.toUpperCase()}-${spanId.toUpperCase()}-0`, `00-${traceId}-${spanId}-00`],
  ])('a single field is taken over: %s', async (_, b3, expected) => {
    expect((await positionOf('b3', b3)).traceparent).toBe(expected)
  })

  test('several fields are taken over', async () => {
    const ids = ['X-B3-TraceId', traceId, 'X-B3-SpanId', spanId]
    expect((await positionOf(...ids, 'X-B3-Sampled', '1')).traceparent).toBe(`00-${traceId}-${spanId}-01`)
    expect((await positionOf(...ids, 'X-B3-Sampled', 'false')).traceparent).toBe(`00-${traceId}-${spanId}-00`)
    expect((await positionOf(...ids, 'X-B3-Flags', '1')).traceparent).toBe(`00-${traceId}-${spanId}-01`)
  })

  test.each([
    'x',
    traceId,
    `${traceId}-${spanId}-2`,
    `${traceId}-${spanId}-1-zz`,
    `${traceId}-${spanId}-1-${parentId}-more`,
    `${traceId}0-${spanId}`,
    `${'0'.repeat(32)}-${spanId}-1`,
    `${traceId}-${'0'.repeat(16)}-1`,
  ])('a field that is not valid begins a new trace: %s', async (b3) => {
    const { traceparent: sent } = await positionOf('b3', b3)
    expect(sent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
    expect(sent).not.toContain(traceId)
  })

  test('a bare decision begins a trace under that decision', async () => {
    expect((await positionOf('b3', '1')).traceparent).toMatch(/-01$/)
    expect((await positionOf('b3', '0')).traceparent).toMatch(/-00$/)
    expect((await positionOf('X-B3-Sampled', '1')).traceparent).toMatch(/-01$/)
  })

  test('W3C goes before it', async () => {
    const other = traceId.replace('0', '1')
    expect((await positionOf('b3', `${other}-${spanId}-0`, 'traceparent', traceparent)).traceparent).toBe(traceparent)
  })

  test('is written in both forms, in place of what the caller sent', async () => {
    const { headers, b3 } = await positionOf('X-B3-TraceId', traceId, 'X-B3-SpanId', spanId, 'X-B3-Sampled', '0')
    expect(b3).toBe(`${traceId}-${spanId}-0`)
    expect(valuesOf(headers, 'x-b3-traceid')).toEqual([traceId])
    expect(valuesOf(headers, 'x-b3-spanid')).toEqual([spanId])
    expect(valuesOf(headers, 'x-b3-sampled')).toEqual(['0'])
  })

  test('debug goes on as debug', async () => {
    const { telemetry } = await observing({ tracing: both })
    const headers = sentOn(telemetry, ['b3', `${traceId}-${spanId}-d`])
    expect(valuesOf(headers, 'b3')).toEqual([`${traceId}-${spanId}-d`])
    expect(valuesOf(headers, 'x-b3-flags')).toEqual(['1'])
    expect(valuesOf(headers, 'x-b3-sampled')).toEqual([])
  })
})

describe('x-request-id', () => {
  test("the caller's goes on and is the call's", async () => {
    const { telemetry } = await observing()
    expect(telemetry.begin(exchangeOf(['X-Request-Id', 'abc-1'])).requestId).toBe('abc-1')
    expect(valuesOf(sentOn(telemetry, ['X-Request-Id', 'abc-1']), 'x-request-id')).toEqual(['abc-1'])
  })

  test('a call without one gets a UUID, the same for all its destinations', async () => {
    const { telemetry } = await observing()
    const call = telemetry.begin(exchangeOf())
    const headers: string[] = []
    call.attempt('destination', 'a', 'a').inject(headers)
    call.attempt('mirror', 'b', 'b').inject(headers)
    expect(call.requestId).toMatch(uuid)
    expect(valuesOf(headers, 'x-request-id')).toEqual([call.requestId])
  })

  test.each(['', 'a b', 'a\u00e9', 'x'.repeat(129)])('one that is unfit for a log is replaced: %j', async (id) => {
    const { telemetry } = await observing()
    expect(valuesOf(sentOn(telemetry, ['x-request-id', id]), 'x-request-id')).toEqual([expect.stringMatching(uuid)])
  })

  test('two of them are replaced by a new one', async () => {
    const { telemetry } = await observing()
    expect(valuesOf(sentOn(telemetry, ['x-request-id', 'a', 'X-Request-ID', 'b']), 'x-request-id')).toEqual([expect.stringMatching(uuid)])
  })
})
