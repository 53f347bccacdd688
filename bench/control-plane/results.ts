/**
 * What a run leaves behind: one JSON file with everything that was measured and what it was measured on.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostKind, type Machine } from '../lib/machine.ts'
import type { FigureName } from './figures.ts'
import type { Scale } from './options.ts'
import type { Reading } from './reading.ts'

export interface Results {
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly commandLine: string
  readonly machine: Machine
  readonly scale: Scale
  readonly figures: readonly { readonly figure: FigureName; readonly readings: readonly Reading[] }[]
  readonly failures: readonly { readonly figure: FigureName; readonly reason: string }[]
}

/** @returns the path written: `<date>-<host kind>-control-plane.json`. */
export function writeResults(results: Results, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${results.startedAt.slice(0, 10)}-${hostKind(results.machine)}-control-plane.json`)
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`)
  return path
}
