/**
 * From measurements to what is shown: medians and spread over the rounds, ratios within one round, targets.
 *
 * Ratios are taken round by round and their median is shown: two figures of the same minute, on the same machine, are comparable;
 * figures of different runs are not.
 */
import { median } from '../lib/quantiles.ts'
import type { Measurement } from './measurement.ts'
import type { ScenarioName } from './scenarios.ts'

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface Row {
  readonly contestant: string
  readonly cpuMicrosPerCall: Spread | null
  readonly callsPerSecond: Spread
  /** Of the open loop. */
  readonly p50Ms: Spread
  readonly p90Ms: Spread
  readonly p99Ms: Spread
  readonly rssMiB: Spread | null
  readonly startupMs: Spread | null
  /** CPU per call over nginx's and Envoy's. */
  readonly cpuToNginx: Spread | null
  readonly cpuToEnvoy: Spread | null
  /** Hung mirror only: p99 over the same proxy's with a mirror that answers. */
  readonly p99ToHealthy: Spread | null
  /** Fan-out only: p50 beyond that of a caller that asks both origins itself. */
  readonly addedP50Ms: Spread | null
  readonly copiesPerCall: Spread | null
  readonly failed: number
  readonly unanswered: number
}

export interface ScenarioSummary {
  readonly scenario: ScenarioName
  readonly rows: readonly Row[]
}

type Figure = (measurement: Measurement) => number | null

/** @returns null where no round has the figure. */
export function spread(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : { median: median(known), min: Math.min(...known), max: Math.max(...known) }
}

const none: Spread = { median: 0, min: 0, max: 0 }

const cpu: Figure = (one) => one.cpuMicrosPerCall
const p99: Figure = (one) => one.openLoop.latency.p99Ms
const p50: Figure = (one) => one.openLoop.latency.p50Ms

/** Joins each of these measurements with the one of the same round that it is compared with. */
function paired(
  all: readonly Measurement[],
  own: readonly Measurement[],
  contestant: string,
  scenario: string,
  figure: Figure,
  combine: (value: number, reference: number) => number,
): Spread | null {
  const values = own.map((one) => {
    const other = all.find((each) => each.round === one.round && each.contestant === contestant && each.scenario === scenario)
    const value = figure(one)
    const reference = other === undefined ? null : figure(other)
    return value === null || reference === null || reference === 0 ? null : combine(value, reference)
  })
  return spread(values)
}

const ratio = (value: number, reference: number): number => value / reference
const difference = (value: number, reference: number): number => value - reference

function sum(own: readonly Measurement[], figure: (one: Measurement) => number): number {
  return own.reduce((total, one) => total + figure(one), 0)
}

function row(all: readonly Measurement[], own: readonly Measurement[], contestant: string, scenario: ScenarioName): Row {
  const over = (figure: Figure): Spread | null => spread(own.map((one) => figure(one)))
  const hung = scenario === 'hung-mirror'
  const fanout = scenario === 'fan-out' && contestant !== 'direct'
  return {
    contestant,
    cpuMicrosPerCall: over(cpu),
    callsPerSecond: over((one) => one.callsPerSecond) ?? none,
    p50Ms: over(p50) ?? none,
    p90Ms: over((one) => one.openLoop.latency.p90Ms) ?? none,
    p99Ms: over(p99) ?? none,
    rssMiB: over((one) => one.rssMiB),
    startupMs: over((one) => one.startupMs),
    cpuToNginx: paired(all, own, 'nginx', scenario, cpu, ratio),
    cpuToEnvoy: paired(all, own, 'Envoy', scenario, cpu, ratio),
    p99ToHealthy: hung ? paired(all, own, contestant, 'mirror', p99, ratio) : null,
    addedP50Ms: fanout ? paired(all, own, 'direct', scenario, p50, difference) : null,
    copiesPerCall: over((one) => one.copiesPerCall),
    failed: sum(own, (one) => one.closedLoop.failed + one.openLoop.failed),
    unanswered: sum(own, (one) => one.openLoop.unanswered),
  }
}

/** @param contestants names in the order in which they are shown. */
export function summarise(
  measurements: readonly Measurement[],
  contestants: readonly string[],
  chosen: readonly ScenarioName[],
): ScenarioSummary[] {
  return chosen.map((scenario) => ({
    scenario,
    rows: contestants.flatMap((contestant) => {
      const own = measurements.filter((one) => one.scenario === scenario && one.contestant === contestant)
      return own.length === 0 ? [] : [row(measurements, own, contestant, scenario)]
    }),
  }))
}
