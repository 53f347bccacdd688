import { afterEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import type { SidecarTelemetry } from '../../../proxy/telemetry/create-telemetry.ts'
import type { AttemptOutcome, CallOutcome } from '../../../proxy/telemetry/telemetry.ts'
import { startCollector, type ReceivedSpan } from '../../harness/otlp-collector.ts'
import { refusingAddress } from '../../harness/raw-origin.ts'
import { attemptOutcome, callOutcome, exchangeOf, observing, sentOn, valuesOf } from './observing.ts'

const appTrace = '0af7651916cd43dd8448eb211c80319c'
const appSpan = 'b7ad6b7169203331'
const inTrace = ['traceparent', `00-${appTrace}-${appSpan}-01`, 'tracestate', 'vendor=1']
const notSampled = ['traceparent', `00-${appTrace}-${appSpan}-00`]

afterEach(() => vi.unstubAllEnvs())

async function traced(url: string, sample = 100, propagate: ('tracecontext' | 'b3')[] = ['tracecontext']) {
  const node = { workload: 'checkout', namespace: 'shop', id: 'checkout-7f9c' }
  return observing({ node, clock: systemClock, tracing: { otlp: url, sample, propagate } })
}

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name)
  expect(found, `spans named ${name}`).toHaveLength(1)
  return found[0] as ReceivedSpan
}

async function oneCall(telemetry: SidecarTelemetry, outcome: Partial<CallOutcome> = {}, attempt: Partial<AttemptOutcome> = {}) {
  const call = telemetry.begin(exchangeOf())
  call.routed('orders', 'forward')
  call.attempt('destination', 'orders-v1', 'orders').end(attemptOutcome(attempt))
  call.answeredBy('orders', '10.0.0.7:8080')
  call.end(callOutcome(outcome))
  await telemetry.close(5_000)
}

describe('a sampled call', () => {
  test('a fan-out with a mirror is one tree below the span of the app', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url)
    const call = telemetry.begin(exchangeOf(inTrace))
    call.routed('place-order', 'fanout')
    const attempts = ['inventory', 'payment'].map((name) => call.attempt('destination', name, name))
    const mirror = call.attempt('mirror', 'orders-next', 'orders-next')
    for (const attempt of attempts) attempt.end(attemptOutcome())
    call.end(callOutcome({ attempts: 2 }))
    mirror.end(attemptOutcome({ mirror: 'sent' }))
    await telemetry.close(5_000)

    const server = named(collector.spans, 'GET place-order')
    expect(server).toMatchObject({ traceId: appTrace, parentSpanId: appSpan, kind: 2, traceState: 'vendor=1' })
    for (const name of ['inventory', 'payment', 'mirror orders-next'])
      expect(named(collector.spans, name)).toMatchObject({ traceId: appTrace, parentSpanId: server.spanId, kind: 3 })
    expect(collector.spans).toHaveLength(4)
    expect(collector.paths).toEqual(['/v1/traces'])
  })

  test('each destination is sent its own span as parent', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url)
    const headers = sentOn(telemetry, inTrace)
    await telemetry.close(5_000)
    const { spanId } = named(collector.spans, 'orders')
    expect(valuesOf(headers, 'traceparent')).toEqual([`00-${appTrace}-${spanId}-01`])
    expect(valuesOf(headers, 'tracestate')).toEqual(['vendor=1'])
  })

  test('B3 names the span of the destination and that of the call', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url, 100, ['b3'])
    const headers = sentOn(telemetry, ['b3', `${appTrace}-${appSpan}-1`])
    await telemetry.close(5_000)
    const server = named(collector.spans, 'GET orders')
    const client = named(collector.spans, 'orders')
    expect(server.parentSpanId).toBe(appSpan)
    expect(valuesOf(headers, 'b3')).toEqual([`${appTrace}-${client.spanId}-1-${server.spanId}`])
    expect(valuesOf(headers, 'x-b3-parentspanid')).toEqual([server.spanId])
  })

  test('that is in no trace begins one, and says its id', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url)
    const call = telemetry.begin(exchangeOf())
    call.end(callOutcome({ status: 404, flags: 'NR', attempts: 0 }))
    await telemetry.close(5_000)
    expect(named(collector.spans, 'GET')).toMatchObject({ traceId: call.traceId, parentSpanId: '' })
  })
})

describe('attributes', () => {
  test('of the call follow the HTTP conventions and say route, action, flags and upstream', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url)
    const call = telemetry.begin(exchangeOf(['User-Agent', 'curl/8']))
    call.routed('orders', 'forward')
    call.answeredBy('orders', '10.0.0.7:8080')
    call.end(callOutcome({ status: 503, flags: 'UO' }))
    await telemetry.close(5_000)
    const { attributes, status } = named(collector.spans, 'GET orders')
    expect(attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 503,
      'url.scheme': 'http',
      'url.path': '/orders/7',
      'url.query': 'full=1',
      'server.address': 'orders.shop.internal',
      'server.port': 8080,
      'client.address': '127.0.0.1',
      'network.protocol.name': 'http',
      'network.protocol.version': '1.1',
      'user_agent.original': 'curl/8',
      'error.type': '503',
      'tandem.route': 'orders',
      'tandem.action': 'forward',
      'tandem.upstream': 'orders',
      'tandem.flags': 'UO',
      'tandem.attempts': 1,
    })
    expect(status).toEqual({ code: 2, message: 'answered 503 (UO)' })
  })

  test('of a destination say what was sent where', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url)
    await oneCall(telemetry, {}, { method: 'BREW', path: '/charge', host: 'payment.shop.internal', endpoint: '[::1]:9000' })
    expect(named(collector.spans, 'orders-v1').attributes).toEqual({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'BREW',
      'http.response.status_code': 200,
      'url.path': '/charge',
      'server.address': 'payment.shop.internal',
      'server.port': 9000,
      'network.peer.address': '::1',
      'network.peer.port': 9000,
      'tandem.route': 'orders',
      'tandem.action': 'forward',
      'tandem.upstream': 'orders',
      'tandem.destination': 'orders-v1',
    })
  })

  test('of the resource name the workload, and OTEL_ variables go before the file', async () => {
    const collector = await startCollector()
    const plain = await traced(collector.url)
    await oneCall(plain.telemetry)
    expect(collector.spans[0]?.resource).toMatchObject({
      'service.name': 'checkout',
      'service.namespace': 'shop',
      'service.instance.id': 'checkout-7f9c',
    })
    vi.stubEnv('OTEL_SERVICE_NAME', 'renamed')
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test')
    const renamed = await traced(collector.url)
    await oneCall(renamed.telemetry)
    expect(collector.spans.at(-1)?.resource).toMatchObject({ 'service.name': 'renamed', 'deployment.environment.name': 'test' })
  })
})

describe('the status of a span', () => {
  test.each([
    [200, 0, 0],
    [404, 0, 2],
    [500, 2, 2],
  ])('an answer of %i makes the call %i and the destination %i', async (status, ofCall, ofDestination) => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url)
    await oneCall(telemetry, { status }, { status })
    expect(named(collector.spans, 'GET orders').status.code).toBe(ofCall)
    expect(named(collector.spans, 'orders-v1').status.code).toBe(ofDestination)
  })

  test('a destination without an answer is an error that says why', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url)
    await oneCall(telemetry, { status: 503, flags: 'UF' }, { status: 0, flags: 'UF', error: 'connecting to 10.0.0.7:8080: refused' })
    const { status, attributes } = named(collector.spans, 'orders-v1')
    expect(status).toEqual({ code: 2, message: 'connecting to 10.0.0.7:8080: refused' })
    expect(attributes['error.type']).toBe('UF')
  })
})

describe('sampling', () => {
  test('a call that its caller does not sample has no span, and its decision goes on', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url)
    expect(valuesOf(sentOn(telemetry, notSampled), 'traceparent')).toEqual([notSampled[1]])
    await telemetry.close(5_000)
    expect(collector.spans).toEqual([])
  })

  test('a call that its caller samples has spans, whatever the share', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url, 0)
    sentOn(telemetry, inTrace)
    await telemetry.close(5_000)
    expect(collector.spans).toHaveLength(2)
  })

  test('of calls that nobody decided on, exactly the share is sampled', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(collector.url, 10)
    const decisions = Array.from({ length: 200 }, () => valuesOf(sentOn(telemetry, []), 'traceparent')[0]?.slice(-2))
    await telemetry.close(5_000)
    expect(decisions.filter((flags) => flags === '01')).toHaveLength(20)
    expect(collector.spans).toHaveLength(40)
  })
})

describe('a collector', () => {
  test('that hangs costs spans, which are counted, and closing does not wait for it', async () => {
    vi.stubEnv('OTEL_BSP_MAX_QUEUE_SIZE', '8')
    const collector = await startCollector(() => undefined)
    const { telemetry } = await traced(collector.url)
    for (let i = 0; i < 100; i++) telemetry.begin(exchangeOf()).end(callOutcome())
    const { exported, dropped } = telemetry.stats().spans
    expect(exported).toBe(0)
    expect(dropped).toBeGreaterThanOrEqual(100 - 2 * 8)
    const begun = performance.now()
    await telemetry.close(50)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  test('that is down costs spans, which are counted, and the log says it once', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200')
    const { telemetry, said } = await traced(`http://${await refusingAddress()}`)
    sentOn(telemetry, [])
    await telemetry.close(5_000)
    expect(telemetry.stats().spans).toEqual({ exported: 0, dropped: 2 })
    expect(said.filter((line) => line.includes('the trace collector does not take spans'))).toHaveLength(1)
  })

  test('that takes them is counted too', async () => {
    const collector = await startCollector()
    const { telemetry } = await traced(`${collector.url}/`)
    sentOn(telemetry, [])
    await telemetry.close(5_000)
    expect(await telemetry.metricsText()).toContain('tandem_spans_exported_total 2\n')
    expect(await telemetry.metricsText()).toContain('tandem_spans_dropped_total 0\n')
  })
})
