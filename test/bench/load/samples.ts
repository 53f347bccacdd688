/**
 * Measurements and comparisons made up for tests of what is made of them.
 */
import type { LoadReport } from '../../../bench/lib/load-session.ts'
import type { Measurement } from '../../../bench/load/measurement.ts'
import type { ScenarioName } from '../../../bench/load/scenario.ts'
import type { Comparison, Side } from '../../../bench/load/side-by-side.ts'

export function loaded(p99Ms: number, unanswered = 0): LoadReport {
  return {
    calls: 1_000,
    callsPerSecond: 250,
    failed: 0,
    unanswered,
    latency: { samples: 1_000, p50Ms: p99Ms / 4, p90Ms: p99Ms / 2, p99Ms, p999Ms: p99Ms * 2, maxMs: p99Ms * 3 },
  }
}

export interface Sample {
  readonly contestant: string
  readonly scenario?: ScenarioName
  readonly round?: number
  readonly cpu?: number | null
  readonly p99Ms?: number
  readonly unanswered?: number
  readonly rssMiB?: number
}

export function measurement(sample: Sample): Measurement {
  const { contestant, scenario = 'forward', round = 0, cpu = null, p99Ms = 4, unanswered = 0, rssMiB = null } = sample
  return {
    contestant,
    scenario,
    round,
    cpuMicrosPerCall: cpu,
    rssMiB,
    startupMs: null,
    copiesPerCall: null,
    spanBytesPerCall: null,
    closedLoop: loaded(p99Ms),
    openLoop: loaded(p99Ms, unanswered),
  }
}

export interface ComparisonSample {
  readonly contestant: string
  readonly scenario?: ScenarioName
  readonly round?: number
  readonly control?: boolean
  /** p99 of each window, and CPU per call. */
  readonly base: readonly number[]
  readonly other: readonly number[]
  readonly cpu?: readonly [number, number]
}

export function comparison(sample: ComparisonSample): Comparison {
  const { contestant, scenario = 'hung-mirror', round = 0, control = false, base, other, cpu } = sample
  const side = (p99s: readonly number[], cpuMicrosPerCall: number | undefined): Side => ({
    windows: p99s.map((p99Ms) => loaded(p99Ms)),
    cpuMicrosPerCall: cpuMicrosPerCall ?? null,
  })
  return { contestant, scenario, round, control, base: side(base, cpu?.[0]), other: side(other, cpu?.[1]) }
}
