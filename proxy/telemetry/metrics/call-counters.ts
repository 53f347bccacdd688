/**
 * The hot counters: calls by route, action and upstream, attempts by upstream, mirrors by outcome. Prometheus reads them at scrape.
 * Keys join names with a space, which no name of the configuration can contain.
 */
import type { ActionName } from '../telemetry.ts'
import { type CodeCount, CodeCounters } from './code-counters.ts'
import { type DurationCounts, DurationHistogram } from './duration-histogram.ts'
import { overflowName, SeriesTable } from './series-table.ts'

interface CodeCounts {
  readonly codes: { readonly counts: readonly CodeCount[] }
}

export interface SeriesCounts extends CodeCounts {
  readonly route: string
  readonly action: ActionName | ''
  readonly upstream: string
  readonly durations: DurationCounts
}

/** Nothing but figures, so that one thread can tell another. */
export interface CallCounts {
  readonly calls: readonly SeriesCounts[]
  readonly attempts: readonly (CodeCounts & { readonly upstream: string })[]
  readonly mirrors: readonly Readonly<MirrorCount>[]
}

export class CallSeries implements SeriesCounts {
  readonly route: string
  readonly action: ActionName | ''
  readonly upstream: string
  readonly codes = new CodeCounters()
  readonly durations = new DurationHistogram()

  constructor(route: string, action: ActionName | '', upstream: string) {
    this.route = route
    this.action = action
    this.upstream = upstream
  }
}

export class AttemptSeries {
  readonly upstream: string
  readonly codes = new CodeCounters()

  constructor(upstream: string) {
    this.upstream = upstream
  }
}

export interface MirrorCount {
  readonly route: string
  readonly upstream: string
  readonly outcome: string
  count: number
}

export class CallCounters implements CallCounts {
  readonly #calls = new SeriesTable(new CallSeries(overflowName, '', overflowName))
  readonly #attempts = new SeriesTable(new AttemptSeries(overflowName))
  readonly #mirrors = new SeriesTable<MirrorCount>({ route: overflowName, upstream: overflowName, outcome: overflowName, count: 0 })
  /** Most calls are for the route of the one before. */
  #last: CallSeries | undefined

  get calls(): readonly CallSeries[] {
    return this.#calls.all
  }

  get attempts(): readonly AttemptSeries[] {
    return this.#attempts.all
  }

  get mirrors(): readonly MirrorCount[] {
    return this.#mirrors.all
  }

  /** @param route empty where none matched. @param upstream empty where no single one answered. */
  call(route: string, action: ActionName | '', upstream: string): CallSeries {
    const last = this.#last
    if (last !== undefined && last.route === route && last.upstream === upstream && last.action === action) return last
    const key = `${route} ${action} ${upstream}`
    this.#last = this.#calls.get(key) ?? this.#calls.add(key, new CallSeries(route, action, upstream))
    return this.#last
  }

  attempt(upstream: string, status: number, flags: string): void {
    this.#attempt(upstream).codes.add(status, flags)
  }

  mirror(route: string, upstream: string, outcome: string): void {
    this.#mirror(route, upstream, outcome).count++
  }

  /** Counts of another thread. */
  absorb({ calls, attempts, mirrors }: CallCounts): void {
    for (const { route, action, upstream, codes, durations } of calls) {
      const series = this.call(route, action, upstream)
      series.codes.absorb(codes.counts)
      series.durations.add(durations)
    }
    for (const { upstream, codes } of attempts) this.#attempt(upstream).codes.absorb(codes.counts)
    for (const { route, upstream, outcome, count } of mirrors) this.#mirror(route, upstream, outcome).count += count
  }

  #attempt(upstream: string): AttemptSeries {
    return this.#attempts.get(upstream) ?? this.#attempts.add(upstream, new AttemptSeries(upstream))
  }

  #mirror(route: string, upstream: string, outcome: string): MirrorCount {
    const key = `${route} ${upstream} ${outcome}`
    return this.#mirrors.get(key) ?? this.#mirrors.add(key, { route, upstream, outcome, count: 0 })
  }
}
