/**
 * What a run leaves behind: one JSON file with everything that was measured and what it was measured on, and plots.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, hostKind } from '../lib/machine.ts'
import type { Measurement } from './measurement.ts'
import type { Turns } from './options.ts'
import { plots } from './plots.ts'
import type { Failure } from './run.ts'
import type { Comparison } from './side-by-side.ts'
import type { ScenarioSummary } from './summaries.ts'
import type { Verdict } from './targets.ts'

export interface Entrant {
  readonly name: string
  readonly version: string
  readonly telemetry: string
  readonly missing: string | undefined
}

export interface Settings {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly turns: Turns
  readonly openLoopRate: number
  readonly origin: string
  readonly generator: string
  readonly proxyCpus: string
  readonly otherCpus: string
}

export interface Results {
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly minutes: number
  readonly commandLine: string
  readonly machine: Machine
  readonly contestants: readonly Entrant[]
  readonly settings: Settings
  readonly summaries: readonly ScenarioSummary[]
  readonly verdicts: readonly Verdict[]
  readonly failures: readonly Failure[]
  readonly measurements: readonly Measurement[]
  readonly comparisons: readonly Comparison[]
}

/** @returns the paths written: `<date>-<host kind>.json`, and an SVG for each plot beside it. */
export function writeResults(results: Results, folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  const stem = join(folder, `${results.startedAt.slice(0, 10)}-${hostKind(results.machine)}`)
  const drawn = plots(results).map(({ name, svg }) => [`${stem}-${name}.svg`, svg] as const)
  const files = [[`${stem}.json`, `${JSON.stringify(results, null, 2)}\n`] as const, ...drawn]
  for (const [path, text] of files) writeFileSync(path, text)
  return files.map(([path]) => path)
}
