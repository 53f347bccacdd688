/**
 * The run as a person reads it on a terminal.
 */
import { textTable } from '../lib/table.ts'
import { isMet, type Reading } from './reading.ts'
import type { Results } from './results.ts'

const digits = { MiB: 0, s: 2, ms: 1 } as const

function figure({ unit }: Reading, value: number): string {
  return `${value.toFixed(digits[unit])} ${unit}`
}

function row(reading: Reading): string[] {
  const { text, limit, reached } = reading
  return [
    text,
    figure(reading, reached),
    limit === null ? '' : `<= ${figure(reading, limit)}`,
    limit === null ? '' : isMet(reading) ? 'PASS' : 'FAIL',
  ]
}

/** The whole report, with a newline at its end. */
export function textReport({ machine, figures, failures }: Results): string {
  const busy = machine.loadAverage > 0.5 ? `; busy at the start (load average ${machine.loadAverage.toFixed(2)})` : ''
  const rows = figures.flatMap(({ readings }) => readings.map(row))
  const failed = failures.map(({ figure: name, reason }) => `FAILED ${name}: ${reason}`)
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, Node ${machine.node}${busy}`,
    '',
    textTable(['', 'measured', 'target', ''], rows),
    ...failed,
    '',
  ].join('\n')
}
