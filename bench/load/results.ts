/**
 * What a run leaves behind: one JSON file with everything that was measured and what it was measured on, and two plots.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, hostKind } from '../lib/machine.ts'
import type { Measurement } from './measurement.ts'
import { cpuPlot, latencyPlot } from './plots.ts'
import type { Failure } from './run.ts'
import type { ScenarioSummary } from './summary.ts'
import type { Verdict } from './targets.ts'

export interface Entrant {
  readonly name: string
  readonly version: string
  readonly missing: string | undefined
}

export interface Settings {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly connections: number
  readonly openLoopRate: number
  readonly origin: string
  readonly generator: string
  readonly proxyCpus: string
  readonly otherCpus: string
}

export interface Results {
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly commandLine: string
  readonly machine: Machine
  readonly contestants: readonly Entrant[]
  readonly settings: Settings
  readonly summaries: readonly ScenarioSummary[]
  readonly verdicts: readonly Verdict[]
  readonly failures: readonly Failure[]
  readonly measurements: readonly Measurement[]
}

/** @returns the paths written: `<date>-<host kind>.json`, `-cpu.svg`, `-p99.svg`. */
export function writeResults(results: Results, folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  const stem = join(folder, `${results.startedAt.slice(0, 10)}-${hostKind(results.machine)}`)
  const files = [
    [`${stem}.json`, `${JSON.stringify(results, null, 2)}\n`],
    [`${stem}-cpu.svg`, cpuPlot(results)],
    [`${stem}-p99.svg`, latencyPlot(results)],
  ] as const
  for (const [path, text] of files) writeFileSync(path, text)
  return files.map(([path]) => path)
}
