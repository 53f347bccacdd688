import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import type { CallOutcome } from '../../../proxy/telemetry/telemetry.ts'
import { CallCounters } from '../../../proxy/telemetry/metrics/call-counters.ts'
import { SeriesTable } from '../../../proxy/telemetry/metrics/series-table.ts'
import { attemptOutcome, callOutcome, exchangeOf, observing, type Observing } from './observing.ts'

/** Samples of the families named so, as `name{labels} value`. */
async function samples({ telemetry }: Observing, family: string): Promise<string[]> {
  const text = await telemetry.metricsText()
  return text.split('\n').filter((line) => line.startsWith(family))
}

function oneCall({ telemetry, clock }: Observing, durationMs = 1, outcome: Partial<CallOutcome> = {}): void {
  const call = telemetry.begin(exchangeOf())
  call.routed('catalog', 'split')
  call.answeredBy('catalog-v1', '10.0.0.7:8080')
  clock.advance(durationMs)
  call.end(callOutcome(outcome))
}

describe('tandem_requests_total', () => {
  test('counts calls by route, action, upstream, code and flags', async () => {
    const observed = await observing()
    oneCall(observed)
    oneCall(observed)
    oneCall(observed, 1, { status: 503, flags: 'UO' })
    oneCall(observed)
    expect(await samples(observed, 'tandem_requests_total')).toEqual([
      'tandem_requests_total{route="catalog",action="split",upstream="catalog-v1",code="200",flags=""} 3',
      'tandem_requests_total{route="catalog",action="split",upstream="catalog-v1",code="503",flags="UO"} 1',
    ])
  })

  test('a call that no route took has empty names', async () => {
    const observed = await observing()
    observed.telemetry.begin(exchangeOf()).end(callOutcome({ status: 404, flags: 'NR' }))
    expect(await samples(observed, 'tandem_requests_total')).toEqual([
      'tandem_requests_total{route="",action="",upstream="",code="404",flags="NR"} 1',
    ])
  })

  test('a malformed message counts, though it never was a call', async () => {
    const observed = await observing()
    const listener = { name: 'outbound', host: undefined, lenientPaths: false }
    const { malformed } = observed.telemetry
    malformed(new ProxyError('bad_request'), { listener, callerAddress: '127.0.0.1', status: 400 })
    expect(await samples(observed, 'tandem_requests_total')).toEqual([
      'tandem_requests_total{route="",action="",upstream="",code="400",flags="DPE"} 1',
    ])
    expect(await samples(observed, 'tandem_request_duration_seconds_count')).toEqual([])
  })

  test('a call that ends twice counts once', async () => {
    const observed = await observing()
    const call = observed.telemetry.begin(exchangeOf())
    call.end(callOutcome())
    call.end(callOutcome({ status: 500 }))
    expect(await samples(observed, 'tandem_requests_total')).toHaveLength(1)
  })

  test('values of labels are escaped', async () => {
    const observed = await observing()
    observed.telemetry.begin(exchangeOf()).end(callOutcome({ flags: 'a"b\\c\nd' }))
    expect(await samples(observed, 'tandem_requests_total')).toEqual([
      String.raw`tandem_requests_total{route="",action="",upstream="",code="200",flags="a\"b\\c\nd"} 1`,
    ])
  })
})

describe('tandem_request_duration_seconds', () => {
  test('puts each call into every bucket that it fits, with sum and count', async () => {
    const observed = await observing()
    for (const durationMs of [0.5, 1, 3, 700, 61_000]) oneCall(observed, durationMs)
    const labels = 'route="catalog",action="split",upstream="catalog-v1"'
    const lines = await samples(observed, 'tandem_request_duration_seconds')
    expect(lines).toHaveLength(15 + 3)
    expect(lines).toContain(`tandem_request_duration_seconds_bucket{le="0.001",${labels}} 2`)
    expect(lines).toContain(`tandem_request_duration_seconds_bucket{le="0.0025",${labels}} 2`)
    expect(lines).toContain(`tandem_request_duration_seconds_bucket{le="0.005",${labels}} 3`)
    expect(lines).toContain(`tandem_request_duration_seconds_bucket{le="1",${labels}} 4`)
    expect(lines).toContain(`tandem_request_duration_seconds_bucket{le="60",${labels}} 4`)
    expect(lines).toContain(`tandem_request_duration_seconds_bucket{le="+Inf",${labels}} 5`)
    expect(lines).toContain(`tandem_request_duration_seconds_sum{${labels}} 61.7045`)
    expect(lines).toContain(`tandem_request_duration_seconds_count{${labels}} 5`)
  })
})

describe('attempts and mirrors', () => {
  test('an attempt counts by upstream, code and flags, one without an answer as code 0', async () => {
    const observed = await observing()
    const call = observed.telemetry.begin(exchangeOf())
    for (const outcome of [{}, {}, { status: 502 }, { status: 0, flags: 'UF' }])
      call.attempt('destination', 'a', 'catalog-v1').end(attemptOutcome(outcome))
    expect(await samples(observed, 'tandem_upstream_attempts_total')).toEqual([
      'tandem_upstream_attempts_total{upstream="catalog-v1",code="200",flags=""} 2',
      'tandem_upstream_attempts_total{upstream="catalog-v1",code="502",flags=""} 1',
      'tandem_upstream_attempts_total{upstream="catalog-v1",code="0",flags="UF"} 1',
    ])
  })

  test('what a full bulkhead refused was no attempt', async () => {
    const observed = await observing()
    observed.telemetry
      .begin(exchangeOf())
      .attempt('destination', 'a', 'a')
      .end(attemptOutcome({ status: 0, flags: 'UO' }))
    expect(await samples(observed, 'tandem_upstream_attempts_total{')).toEqual([])
  })

  test('a mirror counts by what became of it, also after its call has ended', async () => {
    const observed = await observing()
    const call = observed.telemetry.begin(exchangeOf())
    call.routed('catalog', 'forward')
    const mirrors = (['sent', 'failed', 'overflow', 'cut', 'sent'] as const).map((mirror) => {
      const attempt = call.attempt('mirror', 'catalog-next', 'catalog-next')
      return () => attempt.end(attemptOutcome({ mirror }))
    })
    call.end(callOutcome())
    for (const end of mirrors) end()
    expect(await samples(observed, 'tandem_mirror_total')).toEqual([
      'tandem_mirror_total{route="catalog",upstream="catalog-next",outcome="sent"} 2',
      'tandem_mirror_total{route="catalog",upstream="catalog-next",outcome="failed"} 1',
      'tandem_mirror_total{route="catalog",upstream="catalog-next",outcome="overflow"} 1',
      'tandem_mirror_total{route="catalog",upstream="catalog-next",outcome="cut"} 1',
    ])
  })
})

function part(used: number): { used: number; limit: number } {
  return { used, limit: 64 }
}

describe('gauges', () => {
  test('bulkheads are read at each scrape', async () => {
    const observed = await observing()
    let requests = 3
    observed.telemetry.watchUpstreams(() => [
      { name: 'catalog', role: 'primary', bulkhead: { connections: part(2), pending: part(1), requests: part(requests), rejected: 7 } },
    ])
    expect(await samples(observed, 'tandem_bulkhead')).toEqual([
      'tandem_bulkhead_connections{upstream="catalog",role="primary"} 2',
      'tandem_bulkhead_pending{upstream="catalog",role="primary"} 1',
      'tandem_bulkhead_requests{upstream="catalog",role="primary"} 3',
      'tandem_bulkhead_rejected_total{upstream="catalog",role="primary"} 7',
    ])
    requests = 0
    expect(await samples(observed, 'tandem_bulkhead_requests')).toEqual(['tandem_bulkhead_requests{upstream="catalog",role="primary"} 0'])
  })

  test('the configuration in force is the only one shown', async () => {
    const observed = await observing()
    expect(await samples(observed, 'tandem_config_version_info')).toEqual([])
    observed.telemetry.configApplied('a1')
    observed.telemetry.configApplied('b2')
    expect(await samples(observed, 'tandem_config_version_info')).toEqual(['tandem_config_version_info{version="b2"} 1'])
  })

  test('build and process are there', async () => {
    const observed = await observing()
    expect(await samples(observed, 'tandem_build_info')).toEqual([`tandem_build_info{version="1.2.3",node="${process.version}"} 1`])
    expect(await samples(observed, 'process_resident_memory_bytes')).toHaveLength(1)
    expect(await samples(observed, 'tandem_access_log_lines_dropped_total')).toEqual(['tandem_access_log_lines_dropped_total 0'])
  })
})

test('names without end are counted together beyond the limit', () => {
  const made: string[] = []
  const table = new SeriesTable(
    'overflow',
    (...labels: [string, string, string]) => {
      const series = labels.join('/')
      made.push(series)
      return series
    },
    2,
  )
  const at = (...labels: readonly (readonly [string, string, string])[]) => labels.map((each) => table.at(...each))
  expect(at(['a', '', 'r'], ['a', '', 's'], ['a', '', 't'], ['a', 'x', 'r'], ['b', '', 'r'])).toEqual([
    'a//r',
    'a//s',
    'overflow',
    'overflow',
    'overflow',
  ])
  expect(table.all).toEqual(['a//r', 'a//s', 'overflow'])
  expect(at(['a', '', 's'], ['b', '', 'r'], ['a', '', 'r'])).toEqual(['a//s', 'overflow', 'a//r'])
  expect(made).toEqual(['a//r', 'a//s'])
})

test('series that differ in one label only stay apart, however calls alternate between them', () => {
  const counters = new CallCounters()
  const labels = [
    ['catalog', 'forward', 'catalog-v1'],
    ['catalog', 'forward', 'catalog-v2'],
    ['catalog', 'split', 'catalog-v1'],
    ['catalog', 'forward', ''],
    ['orders', 'forward', 'catalog-v1'],
    ['', '', ''],
  ] as const
  for (let round = 0; round < 10; round++)
    for (const [route, action, upstream] of labels) counters.call(route, action, upstream).count(200, '')
  expect(counters.calls.map(({ route, action, upstream, codes }) => [route, action, upstream, codes[0]?.count])).toEqual(
    labels.map((each) => [...each, 10]),
  )
})

test("calls of one route are counted for the upstream that answered, whichever the route's last call was counted for", () => {
  const counters = new CallCounters()
  const memo = { series: undefined }
  for (const upstream of ['v1', 'v1', 'v2', '', 'v1', 'v2']) counters.call('catalog', 'split', upstream, memo).count(200, '')
  expect(counters.calls.map(({ upstream, codes }) => [upstream, codes[0]?.count])).toEqual([
    ['v1', 3],
    ['v2', 2],
    ['', 1],
  ])
})

test('mirrors that differ in one label only stay apart, however copies alternate between them', () => {
  const counters = new CallCounters()
  const labels = [
    ['catalog', 'next', 'sent'],
    ['orders', 'next', 'sent'],
    ['catalog', 'other', 'sent'],
    ['catalog', 'next', 'cut'],
  ] as const
  for (let round = 0; round < 3; round++) for (const [route, upstream, outcome] of labels) counters.mirror(route, upstream, outcome)
  expect(counters.mirrors.map(({ route, upstream, outcome, count }) => [route, upstream, outcome, count])).toEqual(
    labels.map((each) => [...each, 3]),
  )
})

test('10,000 calls with as many paths make one series', () => {
  const counters = new CallCounters()
  for (let i = 0; i < 10_000; i++) counters.call('catalog', 'forward', 'catalog').count(200 + (i % 3), '')
  expect(counters.calls).toHaveLength(1)
  expect(counters.calls[0]?.codes).toHaveLength(3)
})

test('stats shows each route with its codes, flags and quantiles', async () => {
  const observed = await observing()
  for (let i = 0; i < 98; i++) oneCall(observed, 2)
  oneCall(observed, 200, { status: 503, flags: 'URX,UF' })
  oneCall(observed, 200, { status: 404 })
  observed.telemetry.begin(exchangeOf()).end(callOutcome({ status: 404, flags: 'NR' }))
  expect(observed.telemetry.stats()).toMatchObject({
    routes: {
      catalog: { calls: 100, codes: { '2xx': 98, '4xx': 1, '5xx': 1 }, flags: { URX: 1, UF: 1 } },
      '': { calls: 1, codes: { '4xx': 1 }, flags: { NR: 1 } },
    },
    spans: { exported: 0, dropped: 0 },
    accessLog: { dropped: 0 },
  })
  const { p50Ms, p90Ms, p99Ms } = observed.telemetry.stats().routes['catalog'] ?? { p50Ms: 0, p90Ms: 0, p99Ms: 0 }
  expect(p50Ms).toBeGreaterThan(1)
  expect(p90Ms).toBeLessThanOrEqual(2.5)
  expect(p99Ms).toBeGreaterThan(100)
  expect(p99Ms).toBeLessThanOrEqual(250)
})
