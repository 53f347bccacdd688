/**
 * Rows for people: columns under headings, as wide as their widest cell.
 * What a cell holds may come from far away (a sidecar's reason, a file's name), so control characters never reach the terminal.
 */
import type { Call } from './command.ts'

export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => string
}

/** Prints an array of the rows for programs, a table for people; `none` where there is no row to show. */
export function printRows<Row>(call: Call, rows: readonly Row[], columns: readonly Column<Row>[], none: string): void {
  if (call.output === 'json') call.out(`${JSON.stringify(rows, null, 2)}\n`)
  else if (rows.length === 0) call.remark(`${none}\n`)
  else call.out(formatTable(rows, columns))
}

export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [columns.map(({ heading }) => heading), ...rows.map((row) => columns.map(({ cell }) => shown(cell(row))))]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)))
  const line = (row: readonly string[]) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('   ')
  return cells.map((row) => `${line(row).trimEnd()}\n`).join('')
}

/** One line, visible characters only; `-` for nothing. */
export function shown(text: string): string {
  const oneLine = text.trim().replaceAll(/\s*\n\s*/g, '; ')
  return oneLine === '' ? '-' : visible(oneLine)
}

/** Nothing but line ends can steer the terminal any more. */
export function visible(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, '?')
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** How far off an instant is: `23h`, `5m ago`; empty for none. */
export function distanceTo(iso: string | null, now: number): string {
  if (iso === null) return ''
  const away = Date.parse(iso) - now
  const [unit, length] = units.find(([, ms]) => Math.abs(away) >= 2 * ms) ?? ['s', 1_000]
  const amount = `${Math.trunc(Math.abs(away) / length)}${unit}`
  return away < 0 ? `${amount} ago` : amount
}
