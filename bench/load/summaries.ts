/**
 * The summaries of a run, one for each scenario, whichever kind it is.
 */
import type { RunResult } from './run.ts'
import type { ScenarioName } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { type ComparedSummary, summariseCompared } from './side-by-side-summary.ts'
import { type AloneSummary, summariseAlone } from './summary.ts'

export type ScenarioSummary = AloneSummary | ComparedSummary
export type Measured = Pick<RunResult, 'measurements' | 'comparisons'>

/** @param contestants names in the order in which they are shown. */
export function summarise(measured: Measured, contestants: readonly string[], wanted: readonly ScenarioName[]): ScenarioSummary[] {
  const { measurements, comparisons } = measured
  const chosen = scenarios.filter(({ name }) => wanted.includes(name))
  return chosen.map((scenario) =>
    scenario.kind === 'alone' ? summariseAlone(measurements, contestants, scenario) : summariseCompared(comparisons, contestants, scenario),
  )
}
