/**
 * `GET /stats`: the answer to "which route is ill" without a Prometheus at hand. Totals since the start.
 */
import type { ServedFigures } from './metrics/gauges.ts'
import { addDurations, type Durations, noDurations, quantileMs } from './metrics/durations.ts'

export interface RouteStats {
  readonly calls: number
  /** Counts by class of status: `2xx`, `5xx`. */
  readonly codes: Readonly<Record<string, number>>
  /** Counts by response flag; calls without a flag are not in it. */
  readonly flags: Readonly<Record<string, number>>
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
}

export interface Stats {
  /** By route name; calls that no route took are under the empty name. */
  readonly routes: Readonly<Record<string, RouteStats>>
  readonly spans: { readonly exported: number; readonly dropped: number }
  readonly accessLog: { readonly dropped: number }
}

interface Tally {
  calls: number
  readonly codes: Record<string, number>
  readonly flags: Record<string, number>
  readonly durations: Durations
}

export function statsOf({ counters, losses }: ServedFigures): Stats {
  const tallies = new Map<string, Tally>()
  for (const series of counters.calls) {
    const tally = tallies.get(series.route) ?? { calls: 0, codes: {}, flags: {}, durations: noDurations() }
    tallies.set(series.route, tally)
    addDurations(tally.durations, series.durations)
    for (const { status, flags, count } of series.codes) addCodes(tally, status, flags, count)
  }
  return {
    routes: Object.fromEntries([...tallies].map(([route, tally]) => [route, routeStats(tally)])),
    spans: { exported: losses.spansExported, dropped: losses.spansDropped },
    accessLog: { dropped: losses.linesDropped },
  }
}

function addCodes(tally: Tally, status: number, flags: string, count: number): void {
  const name = `${Math.floor(status / 100)}xx`
  tally.calls += count
  tally.codes[name] = (tally.codes[name] ?? 0) + count
  if (flags === '') return
  for (const flag of flags.split(',')) tally.flags[flag] = (tally.flags[flag] ?? 0) + count
}

function routeStats({ calls, codes, flags, durations }: Tally): RouteStats {
  return { calls, codes, flags, p50Ms: quantile(durations, 0.5), p90Ms: quantile(durations, 0.9), p99Ms: quantile(durations, 0.99) }
}

function quantile(durations: Durations, share: number): number {
  return Math.round(quantileMs(durations, share) * 1_000) / 1_000
}
