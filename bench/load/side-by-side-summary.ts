/**
 * From comparisons to what is shown of two that were up side by side: the figures of either side, and what lies between them.
 */
import type { LoadReport } from '../lib/load-session.ts'
import type { ScenarioName, SideBySideScenario } from './scenario.ts'
import type { Comparison, Side } from './side-by-side.ts'
import { type Spread, comparedSpread, difference, ratio, spread, windowSpread } from './spread.ts'

export interface SideRow {
  readonly p50Ms: Spread | null
  readonly p90Ms: Spread | null
  readonly p99Ms: Spread | null
  readonly callsPerSecond: Spread | null
  readonly cpuMicrosPerCall: Spread | null
}

export interface ComparedRow {
  readonly contestant: string
  /** Both sides were alike: what is between them is noise. */
  readonly control: boolean
  readonly base: SideRow
  readonly other: SideRow
  /** The other side over the base. */
  readonly p50Ratio: Spread | null
  readonly p90Ratio: Spread | null
  readonly p99Ratio: Spread | null
  readonly cpuRatio: Spread | null
  readonly addedP50Ms: Spread | null
  /** CPU per call of the other side over Envoy's in the same round. */
  readonly cpuToEnvoy: Spread | null
  readonly failed: number
  readonly unanswered: number
}

export interface ComparedSummary {
  readonly kind: 'side-by-side'
  readonly scenario: ScenarioName
  readonly rows: readonly ComparedRow[]
}

type Figure = (window: LoadReport) => number

const p50: Figure = ({ latency }) => latency.p50Ms
const p90: Figure = ({ latency }) => latency.p90Ms
const p99: Figure = ({ latency }) => latency.p99Ms

/** By round. */
function figuresOf(sides: readonly Side[], figure: Figure): number[][] {
  return sides.map(({ windows }) => windows.map(figure))
}

function sideRow(sides: readonly Side[]): SideRow {
  const of = (figure: Figure): Spread | null => windowSpread(figuresOf(sides, figure))
  return {
    p50Ms: of(p50),
    p90Ms: of(p90),
    p99Ms: of(p99),
    callsPerSecond: of((window) => window.callsPerSecond),
    cpuMicrosPerCall: spread(sides.map((side) => side.cpuMicrosPerCall)),
  }
}

function cpuRatio(value: number | null | undefined, reference: number | null | undefined): number | null {
  return typeof value === 'number' && typeof reference === 'number' ? value / reference : null
}

function toEnvoy(all: readonly Comparison[], own: readonly Comparison[]): Spread | null {
  const envoyIn = (round: number) => all.find((one) => one.contestant === 'Envoy' && one.round === round && !one.control)
  return spread(own.map(({ round, other }) => cpuRatio(other.cpuMicrosPerCall, envoyIn(round)?.other.cpuMicrosPerCall)))
}

function row(all: readonly Comparison[], own: readonly Comparison[], contestant: string, control: boolean): ComparedRow {
  const bases = own.map(({ base }) => base)
  const others = own.map(({ other }) => other)
  const compared = (figure: Figure, combine = ratio): Spread | null =>
    comparedSpread(figuresOf(others, figure), figuresOf(bases, figure), combine)
  const windows = own.flatMap(({ base, other }) => [...base.windows, ...other.windows])
  return {
    contestant,
    control,
    base: sideRow(bases),
    other: sideRow(others),
    p50Ratio: compared(p50),
    p90Ratio: compared(p90),
    p99Ratio: compared(p99),
    cpuRatio: spread(own.map(({ base, other }) => cpuRatio(other.cpuMicrosPerCall, base.cpuMicrosPerCall))),
    addedP50Ms: compared(p50, difference),
    cpuToEnvoy: control ? null : toEnvoy(all, own),
    failed: windows.reduce((sum, window) => sum + window.failed, 0),
    unanswered: windows.reduce((sum, window) => sum + window.unanswered, 0),
  }
}

/** @param contestants names in the order in which they are shown; a control stands behind who it is of. */
export function summariseCompared(
  comparisons: readonly Comparison[],
  contestants: readonly string[],
  { name }: SideBySideScenario,
): ComparedSummary {
  const all = comparisons.filter((one) => one.scenario === name)
  const rows = contestants.flatMap((contestant) =>
    [false, true].flatMap((control) => {
      const own = all.filter((one) => one.contestant === contestant && one.control === control)
      return own.length === 0 ? [] : [row(all, own, contestant, control)]
    }),
  )
  return { kind: 'side-by-side', scenario: name, rows }
}
