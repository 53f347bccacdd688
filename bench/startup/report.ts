/**
 * The run as a person reads it on a terminal, and as a file with every sample and the machine that it came from.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostKind, type Machine } from '../lib/machine.ts'
import { median } from '../lib/quantiles.ts'
import { textTable } from '../lib/table.ts'
import type { Subject } from './subjects.ts'

export interface Figure {
  readonly subject: Subject['name']
  readonly text: string
  readonly unit: 'ms' | 'MiB'
  /** Met when the median is at most this; null where it is shown for itself. */
  readonly limit: number | null
  readonly samples: readonly number[]
}

export interface Results {
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly commandLine: string
  readonly machine: Machine
  readonly figures: readonly Figure[]
}

export function isMet({ limit, samples }: Figure): boolean {
  return limit === null || median(samples) <= limit
}

function row(figure: Figure): string[] {
  const { subject, text, unit, limit, samples } = figure
  const range = `${Math.min(...samples).toFixed(0)} to ${Math.max(...samples).toFixed(0)}`
  const judged = limit === null ? ['', ''] : [`<= ${limit} ${unit}`, isMet(figure) ? 'PASS' : 'FAIL']
  return [`${subject}: ${text}`, `${median(samples).toFixed(1)} ${unit}`, range, ...judged]
}

/** The whole report, with a newline at its end. */
export function textReport({ machine, figures }: Results): string {
  const busy = machine.loadAverage > 0.5 ? `; busy at the start (load average ${machine.loadAverage.toFixed(2)})` : ''
  const about = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, Node ${machine.node}${busy}`
  return `${about}\n\n${textTable(['', 'median', 'range', 'target', ''], figures.map(row))}\n`
}

/** @returns the path written: `<date>-<host kind>-startup.json`. */
export function writeResults(results: Results, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${results.startedAt.slice(0, 10)}-${hostKind(results.machine)}-startup.json`)
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`)
  return path
}
