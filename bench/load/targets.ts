/**
 * What Tandem has set itself, and whether this run shows it. A target without the figures it needs is neither met nor missed.
 */
import type { Row, ScenarioSummary, Spread } from './summary.ts'
import type { ScenarioName } from './scenarios.ts'

interface Target {
  readonly scenario: ScenarioName
  readonly text: string
  /** Met when the figure is at most this. */
  readonly limit: number
  readonly figure: (row: Row) => Spread | null
}

export interface Verdict {
  readonly scenario: ScenarioName
  readonly text: string
  readonly limit: number
  readonly reached: Spread | null
  readonly met: boolean | null
}

const targets: readonly Target[] = [
  { scenario: 'forward', text: 'CPU per call over nginx', limit: 3.5, figure: (row) => row.cpuToNginx },
  { scenario: 'mirror', text: "CPU per call over nginx's own mirror", limit: 1, figure: (row) => row.cpuToNginx },
  { scenario: 'hung-mirror', text: 'p99 over p99 with a mirror that answers', limit: 1.1, figure: (row) => row.p99ToHealthy },
]

/** Verdicts for the scenarios that were run. */
export function judge(summaries: readonly ScenarioSummary[]): Verdict[] {
  return targets.flatMap(({ scenario, text, limit, figure }) => {
    const summary = summaries.find((one) => one.scenario === scenario)
    if (summary === undefined) return []
    const tandem = summary.rows.find((row) => row.contestant === 'Tandem')
    const reached = tandem === undefined ? null : figure(tandem)
    return [{ scenario, text, limit, reached, met: reached === null ? null : reached.median <= limit }]
  })
}
