/**
 * Our own histograms as a metric of prom-client's registry, which has no public way to set buckets.
 */
import { Histogram } from 'prom-client'
import type { SeriesCounts } from './call-counters.ts'
import { bucketsOf, countOf, durationBounds, sumMsOf } from './durations.ts'

interface Sample {
  readonly metricName: string
  readonly labels: { readonly le?: number | '+Inf' }
  readonly sharedLabels: Readonly<Record<string, string>>
  readonly value: number
}

export class DurationMetric extends Histogram {
  readonly #metricName: string
  readonly #help: string
  readonly #series: () => readonly SeriesCounts[]

  constructor(name: string, help: string, series: () => readonly SeriesCounts[]) {
    super({ name, help, labelNames: ['route', 'action', 'upstream'], buckets: [...durationBounds], registers: [] })
    this.#metricName = name
    this.#help = help
    this.#series = series
  }

  /** What the registry asks a histogram for (prom-client 15): samples in the order of the exposition. */
  getForPromString(): Promise<object> {
    const values = this.#series().flatMap((series) => samples(this.#metricName, series))
    return Promise.resolve({ name: this.#metricName, help: this.#help, type: 'histogram', values, aggregator: 'sum' })
  }
}

function samples(name: string, { route, action, upstream, durations }: SeriesCounts): Sample[] {
  const count = countOf(durations)
  if (count === 0) return []
  const counts = bucketsOf(durations)
  const sharedLabels = { route, action, upstream }
  let below = 0
  const buckets = durationBounds.map((le, i): Sample => {
    below += counts[i] as number
    return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: below }
  })
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, sharedLabels, value: count },
    { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sumMsOf(durations) / 1_000 },
    { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
  ]
}
