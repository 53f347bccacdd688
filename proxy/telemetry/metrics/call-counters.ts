/**
 * The hot counters: calls by route, action and upstream, attempts by upstream, mirrors by outcome. Prometheus reads them at scrape.
 */
import type { ActionName, RouteMemo } from '../telemetry.ts'
import { type CodeCount, CodeCounters } from './code-counters.ts'
import { addDurations, type Durations, noDurations } from './durations.ts'
import { overflowName, SeriesTable } from './series-table.ts'

interface CodeCounts {
  readonly codes: readonly CodeCount[]
}

export interface SeriesCounts extends CodeCounts {
  readonly route: string
  readonly action: ActionName | ''
  readonly upstream: string
  readonly durations: Durations
}

/** Nothing but figures, so that one thread can tell another. */
export interface CallCounts {
  readonly calls: readonly SeriesCounts[]
  readonly attempts: readonly (CodeCounts & { readonly upstream: string })[]
  readonly mirrors: readonly Readonly<MirrorCount>[]
}

export class CallSeries extends CodeCounters implements SeriesCounts {
  readonly route: string
  readonly action: ActionName | ''
  readonly upstream: string
  readonly durations = noDurations()

  constructor(upstream: string, action: ActionName | '', route: string) {
    super()
    this.route = route
    this.action = action
    this.upstream = upstream
  }
}

export class AttemptSeries extends CodeCounters {
  readonly upstream: string

  constructor(upstream: string) {
    super()
    this.upstream = upstream
  }
}

export interface MirrorCount {
  readonly route: string
  readonly upstream: string
  readonly outcome: string
  count: number
}

function mirrorCount(upstream: string, outcome: string, route: string): MirrorCount {
  return { route, upstream, outcome, count: 0 }
}

export class CallCounters implements CallCounts {
  readonly #calls = new SeriesTable<CallSeries, ActionName | ''>(
    new CallSeries(overflowName, '', overflowName),
    (upstream, action, route) => new CallSeries(upstream, action, route),
  )
  readonly #attempts = new SeriesTable<AttemptSeries, ''>(new AttemptSeries(overflowName), (upstream) => new AttemptSeries(upstream))
  readonly #mirrors = new SeriesTable<MirrorCount, string>(mirrorCount(overflowName, overflowName, overflowName), mirrorCount)

  get calls(): readonly CallSeries[] {
    return this.#calls.all
  }

  get attempts(): readonly AttemptSeries[] {
    return this.#attempts.all
  }

  get mirrors(): readonly MirrorCount[] {
    return this.#mirrors.all
  }

  /** @param route empty where none matched. @param upstream empty where no single one answered. @param memo of that route. */
  call(route: string, action: ActionName | '', upstream: string, memo: RouteMemo | null = null): CallSeries {
    const known = memo?.series
    if (known instanceof CallSeries && known.upstream === upstream) return known
    const series = this.#calls.at(upstream, action, route)
    if (memo !== null) memo.series = series
    return series
  }

  attempt(upstream: string, status: number, flags: string): void {
    this.#attempts.at(upstream, '', '').count(status, flags)
  }

  mirror(route: string, upstream: string, outcome: string): void {
    this.#mirrors.at(upstream, outcome, route).count++
  }

  /** Counts of another thread. */
  absorb({ calls, attempts, mirrors }: CallCounts): void {
    for (const { route, action, upstream, codes, durations } of calls) {
      const series = this.call(route, action, upstream)
      series.absorb(codes)
      addDurations(series.durations, durations)
    }
    for (const { upstream, codes } of attempts) this.#attempts.at(upstream, '', '').absorb(codes)
    for (const { route, upstream, outcome, count } of mirrors) this.#mirrors.at(upstream, outcome, route).count += count
  }
}
