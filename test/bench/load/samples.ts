/**
 * Measurements made up for tests of what is made of them.
 */
import type { LoadReport } from '../../../bench/lib/load-session.ts'
import type { Measurement } from '../../../bench/load/measurement.ts'

function loaded(p99Ms: number, unanswered: number): LoadReport {
  return {
    calls: 1_000,
    callsPerSecond: 250,
    failed: 0,
    unanswered,
    latency: { samples: 1_000, p50Ms: p99Ms / 4, p90Ms: p99Ms / 2, p99Ms, maxMs: p99Ms },
  }
}

export interface Sample {
  readonly contestant: string
  readonly scenario: string
  readonly round?: number
  readonly cpu?: number | null
  readonly p99Ms?: number
  readonly unanswered?: number
}

export function measurement({ contestant, scenario, round = 0, cpu = null, p99Ms = 4, unanswered = 0 }: Sample): Measurement {
  return {
    contestant,
    scenario,
    round,
    cpuMicrosPerCall: cpu,
    rssMiB: null,
    startupMs: null,
    callsPerSecond: 250,
    copiesPerCall: null,
    closedLoop: loaded(p99Ms, 0),
    openLoop: loaded(p99Ms, unanswered),
  }
}
