/**
 * What Tandem has set itself, and whether this run shows it. A target without the figures it needs is neither met nor missed.
 */
import type { ScenarioName } from './scenario.ts'
import type { ComparedRow } from './side-by-side-summary.ts'
import type { Spread } from './spread.ts'
import type { ScenarioSummary } from './summaries.ts'
import type { Row } from './summary.ts'

interface Common {
  readonly scenario: ScenarioName
  readonly text: string
  readonly limit: number
  readonly bound: 'at most' | 'at least'
}

interface AloneTarget extends Common {
  readonly kind: 'alone'
  readonly figure: (row: Row) => Spread | null
}

interface ComparedTarget extends Common {
  readonly kind: 'side-by-side'
  readonly figure: (row: ComparedRow) => Spread | null
}

type Target = AloneTarget | ComparedTarget

export interface Verdict extends Common {
  readonly reached: Spread | null
  /** The same figure of two that are alike, where that was measured. */
  readonly noise: Spread | null
  readonly met: boolean | null
}

function alone(scenario: ScenarioName, text: string, bound: Target['bound'], limit: number, figure: AloneTarget['figure']): Target {
  return { kind: 'alone', scenario, text, bound, limit, figure }
}

function compared(scenario: ScenarioName, text: string, limit: number, figure: ComparedTarget['figure']): Target {
  return { kind: 'side-by-side', scenario, text, bound: 'at most', limit, figure }
}

const targets: readonly Target[] = [
  alone('forward', "CPU per call over Envoy's", 'at most', 0.65, (row) => row.cpuToEnvoy),
  alone('forward', "CPU per call over nginx's", 'at most', 1.8, (row) => row.cpuToNginx),
  alone('forward', "calls/s over Envoy's", 'at least', 1.15, (row) => row.callsToEnvoy),
  alone('mirror', "CPU per call over Envoy's", 'at most', 0.6, (row) => row.cpuToEnvoy),
  alone('mirror', "CPU per call over nginx's", 'at most', 0.5, (row) => row.cpuToNginx),
  compared('hung-mirror', 'p99 over that with a mirror that answers', 1.05, (row) => row.p99Ratio),
  compared('fan-out-delay', 'p50 beyond that of a caller who asks both, ms', 0.15, (row) => row.addedP50Ms),
  alone('one-connection', "p50 over Envoy's", 'at most', 0.75, (row) => row.closedP50ToEnvoy),
  alone('steady', 'RSS at 1,000 calls/s, MiB', 'at most', 85, (row) => row.rssMiB),
  alone('download-1m', "MiB/s over Envoy's", 'at least', 0.8, (row) => row.callsToEnvoy),
  alone('upload-1m', "MiB/s over Envoy's", 'at least', 0.8, (row) => row.callsToEnvoy),
  compared('tls-caller', 'CPU per call over the plain hop', 1.25, (row) => row.cpuRatio),
  compared('tls-caller', "CPU per call over Envoy's", 0.75, (row) => row.cpuToEnvoy),
  compared('tls-upstream', 'CPU per call over the plain hop', 1.25, (row) => row.cpuRatio),
  compared('tls-upstream', "CPU per call over Envoy's", 0.75, (row) => row.cpuToEnvoy),
  compared('mesh-hop', 'CPU per call over the plain hop', 1.35, (row) => row.cpuRatio),
  compared('routes', 'CPU per call over that with 10', 1.1, (row) => row.cpuRatio),
]

const who = 'Tandem'

function reached(target: Target, summary: ScenarioSummary, control: boolean): Spread | null {
  if (target.kind === 'alone') {
    const row = summary.kind === 'alone' && !control ? summary.rows.find(({ contestant }) => contestant === who) : undefined
    return row === undefined ? null : target.figure(row)
  }
  const rows = summary.kind === 'side-by-side' ? summary.rows : []
  const row = rows.find((one) => one.contestant === who && one.control === control)
  return row === undefined ? null : target.figure(row)
}

function verdict(target: Target, summary: ScenarioSummary): Verdict {
  const { scenario, text, limit, bound } = target
  const figure = reached(target, summary, false)
  const met = figure === null ? null : bound === 'at most' ? figure.median <= limit : figure.median >= limit
  return { scenario, text, limit, bound, reached: figure, noise: reached(target, summary, true), met }
}

/** Verdicts for the scenarios that were run. */
export function judge(summaries: readonly ScenarioSummary[]): Verdict[] {
  return targets.flatMap((target) =>
    summaries.filter(({ scenario }) => scenario === target.scenario).map((summary) => verdict(target, summary)),
  )
}
