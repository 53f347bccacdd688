/**
 * From measurements to what is shown of contestants that were up alone: medians and spread over the rounds, ratios within one round.
 *
 * Ratios are taken round by round and their median is shown: two figures of the same minute, on the same machine, are comparable;
 * figures of different runs are not.
 */
import type { LatencySummary } from '../lib/quantiles.ts'
import type { Measurement } from './measurement.ts'
import type { AloneScenario, ScenarioName } from './scenario.ts'
import { type Spread, spread } from './spread.ts'

/** Figures that a scenario's windows do not give are null. */
export interface Row {
  readonly contestant: string
  /** Of the closed loop. */
  readonly cpuMicrosPerCall: Spread | null
  readonly callsPerSecond: Spread | null
  readonly closedP50Ms: Spread | null
  /** Of the open loop. */
  readonly p50Ms: Spread | null
  readonly p90Ms: Spread | null
  readonly p99Ms: Spread | null
  readonly p999Ms: Spread | null
  readonly rssMiB: Spread | null
  readonly startupMs: Spread | null
  readonly copiesPerCall: Spread | null
  readonly spanBytesPerCall: Spread | null
  readonly cpuToNginx: Spread | null
  readonly cpuToEnvoy: Spread | null
  readonly callsToEnvoy: Spread | null
  readonly closedP50ToEnvoy: Spread | null
  readonly failed: number
  readonly unanswered: number
}

export interface AloneSummary {
  readonly kind: 'alone'
  readonly scenario: ScenarioName
  readonly rows: readonly Row[]
}

type Figure = (measurement: Measurement) => number | null

const cpu: Figure = (one) => one.cpuMicrosPerCall
const calls: Figure = (one) => one.closedLoop?.callsPerSecond ?? null
const closedP50: Figure = (one) => one.closedLoop?.latency.p50Ms ?? null
const open =
  (quantile: keyof LatencySummary): Figure =>
  (one) =>
    one.openLoop?.latency[quantile] ?? null

/** @returns each of these measurements over that of another contestant in the same round. */
function over(all: readonly Measurement[], own: readonly Measurement[], contestant: string, figure: Figure): Spread | null {
  const ratios = own.map((one) => {
    const other = all.find((each) => each.round === one.round && each.contestant === contestant)
    const value = figure(one)
    const reference = other === undefined ? null : figure(other)
    return value === null || reference === null || reference === 0 ? null : value / reference
  })
  return spread(ratios)
}

function sum(own: readonly Measurement[], figure: Figure): number {
  return own.reduce((total, one) => total + (figure(one) ?? 0), 0)
}

/** @param all of the same scenario. */
function row(all: readonly Measurement[], own: readonly Measurement[], contestant: string): Row {
  const of = (figure: Figure): Spread | null => spread(own.map(figure))
  return {
    contestant,
    cpuMicrosPerCall: of(cpu),
    callsPerSecond: of(calls),
    closedP50Ms: of(closedP50),
    p50Ms: of(open('p50Ms')),
    p90Ms: of(open('p90Ms')),
    p99Ms: of(open('p99Ms')),
    p999Ms: of(open('p999Ms')),
    rssMiB: of((one) => one.rssMiB),
    startupMs: of((one) => one.startupMs),
    copiesPerCall: of((one) => one.copiesPerCall),
    spanBytesPerCall: of((one) => one.spanBytesPerCall),
    cpuToNginx: over(all, own, 'nginx', cpu),
    cpuToEnvoy: over(all, own, 'Envoy', cpu),
    callsToEnvoy: over(all, own, 'Envoy', calls),
    closedP50ToEnvoy: over(all, own, 'Envoy', closedP50),
    failed: sum(own, (one) => (one.closedLoop?.failed ?? 0) + (one.openLoop?.failed ?? 0)),
    unanswered: sum(own, (one) => one.openLoop?.unanswered ?? 0),
  }
}

/** @param contestants names in the order in which they are shown; those that were not measured get no row. */
export function summariseAlone(
  measurements: readonly Measurement[],
  contestants: readonly string[],
  { name }: AloneScenario,
): AloneSummary {
  const all = measurements.filter((one) => one.scenario === name)
  const rows = contestants.flatMap((contestant) => {
    const own = all.filter((one) => one.contestant === contestant)
    return own.length === 0 ? [] : [row(all, own, contestant)]
  })
  return { kind: 'alone', scenario: name, rows }
}
