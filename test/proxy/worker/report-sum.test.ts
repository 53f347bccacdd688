import { expect, test } from 'vitest'
import { CallCounters } from '../../../proxy/telemetry/metrics/call-counters.ts'
import { bucketsOf, countOf, type Durations, recordDuration, sumMsOf } from '../../../proxy/telemetry/metrics/durations.ts'
import { statsOf } from '../../../proxy/telemetry/stats.ts'
import type { UpstreamFigures } from '../../../proxy/upstream/upstream.ts'
import type { WorkerReport } from '../../../proxy/worker/messages.ts'
import { ReportSum } from '../../../proxy/worker/report-sum.ts'

function upstream(used: number, rejected: number, endpoint: UpstreamFigures['endpoints'][number]): UpstreamFigures {
  const part = { used, limit: 10 }
  return { name: 'u', role: 'primary', endpoints: [endpoint], bulkhead: { connections: part, pending: part, requests: part, rejected } }
}

/** As it arrives from another thread. */
function report(calls: number, status: number, upstreams: readonly UpstreamFigures[] = []): WorkerReport {
  const counters = new CallCounters()
  for (let i = 0; i < calls; i++) {
    const series = counters.call('r', 'forward', 'u')
    series.count(status, status < 500 ? '' : 'UF')
    recordDuration(series.durations, 2)
    counters.attempt('u', status, '')
    counters.mirror('r', 'm', 'sent')
  }
  const { calls: series, attempts, mirrors } = counters
  const losses = { spansExported: 0, spansDropped: calls, linesDropped: 1 }
  return structuredClone({ counters: { calls: series, attempts, mirrors }, losses, upstreams })
}

test('counts, histograms and losses of all workers are added up', () => {
  const figures = new ReportSum().of([report(3, 200), report(2, 200), report(1, 503)])
  expect(statsOf(figures)).toMatchObject({
    routes: { r: { calls: 6, codes: { '2xx': 5, '5xx': 1 }, flags: { UF: 1 } } },
    spans: { dropped: 6 },
    accessLog: { dropped: 3 },
  })
  const [series] = figures.counters.calls
  const durations = series?.durations as Durations
  expect([countOf(durations), sumMsOf(durations), bucketsOf(durations)[1]]).toEqual([6, 12, 6])
  expect(figures.counters.attempts[0]?.codes.map(({ status, count }) => [status, count])).toEqual([
    [200, 5],
    [503, 1],
  ])
  expect(figures.counters.mirrors).toEqual([{ route: 'r', upstream: 'm', outcome: 'sent', count: 6 }])
})

test('the live figures of an upstream are added up; limits are those of the process', () => {
  const here = upstream(2, 5, { address: 'a:1', weight: 3, active: 2, connections: 1 })
  const there = upstream(4, 1, { address: 'a:1', weight: 0, active: 1, connections: 2 })
  const { upstreams } = new ReportSum().of([report(0, 200, [here]), report(0, 200, [there])])
  const part = { used: 6, limit: 10 }
  expect([...upstreams]).toEqual([
    {
      name: 'u',
      role: 'primary',
      endpoints: [{ address: 'a:1', weight: 3, active: 3, connections: 3 }],
      bulkhead: { connections: part, pending: part, requests: part, rejected: 6 },
    },
  ])
})

test('what a worker that ended had reported goes on counting, but holds nothing any more', () => {
  const sum = new ReportSum()
  const there = upstream(4, 1, { address: 'a:1', weight: 1, active: 4, connections: 4 })
  sum.keep(report(7, 200, [there]))
  const { counters, losses, upstreams } = sum.of([report(1, 200, [upstream(0, 2, { ...there.endpoints[0]!, active: 0, connections: 0 })])])
  expect(counters.calls[0]?.codes).toMatchObject([{ status: 200, count: 8 }])
  expect(losses.spansDropped).toBe(8)
  expect([...upstreams]).toMatchObject([{ bulkhead: { requests: { used: 0 }, rejected: 3 } }])
})
