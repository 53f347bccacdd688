/**
 * The hot counters: calls by route, action and upstream, attempts by upstream, mirrors by outcome. Prometheus reads them at scrape.
 * Keys join names with a space, which no name of the configuration can contain.
 */
import type { ActionName } from '../telemetry.ts'
import { CodeCounters } from './code-counters.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { overflowName, SeriesTable } from './series-table.ts'

export class CallSeries {
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

export class CallCounters {
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
    const series = this.#attempts.get(upstream) ?? this.#attempts.add(upstream, new AttemptSeries(upstream))
    series.codes.add(status, flags)
  }

  mirror(route: string, upstream: string, outcome: string): void {
    const key = `${route} ${upstream} ${outcome}`
    const counter = this.#mirrors.get(key) ?? this.#mirrors.add(key, { route, upstream, outcome, count: 0 })
    counter.count++
  }
}
