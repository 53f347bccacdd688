/**
 * The run as a person reads it on a terminal: who took part, a table for each scenario, the targets.
 */
import { textTable } from '../lib/table.ts'
import type { Results } from './results.ts'
import { scenarios } from './scenarios.ts'
import type { Row, ScenarioSummary, Spread } from './summary.ts'
import type { Verdict } from './targets.ts'

interface Column {
  readonly title: string
  readonly cell: (row: Row) => string
}

/** Three significant digits or so: what is beyond is noise. */
export function readable(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US')
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

/** Half the distance between the lowest and the highest round, in percent of the median; nothing after a single round. */
function halfRange({ median, min, max }: Spread): string {
  return min === max ? '' : ` ±${((50 * (max - min)) / median).toFixed(0)}%`
}

function shown(spread: Spread | null): string {
  return spread === null ? '-' : readable(spread.median)
}

function withSpread(spread: Spread | null): string {
  return spread === null ? '-' : `${readable(spread.median)}${halfRange(spread)}`
}

/** Calls that were never answered make a quantile a lower bound. */
export function latencyText(row: Row, spread: Spread): string {
  return `${row.unanswered > 0 ? '>' : ''}${readable(spread.median)}`
}

const columns: readonly Column[] = [
  { title: '', cell: (row) => row.contestant },
  { title: 'CPU µs/call', cell: (row) => withSpread(row.cpuMicrosPerCall) },
  { title: 'x nginx', cell: (row) => shown(row.cpuToNginx) },
  { title: 'x Envoy', cell: (row) => shown(row.cpuToEnvoy) },
  { title: 'calls/s', cell: (row) => withSpread(row.callsPerSecond) },
  { title: 'p50 ms', cell: (row) => latencyText(row, row.p50Ms) },
  { title: 'p90 ms', cell: (row) => latencyText(row, row.p90Ms) },
  { title: 'p99 ms', cell: (row) => `${latencyText(row, row.p99Ms)}${halfRange(row.p99Ms)}` },
  { title: 'RSS MiB', cell: (row) => shown(row.rssMiB) },
  { title: 'start ms', cell: (row) => shown(row.startupMs) },
]

const extraColumns: Readonly<Partial<Record<ScenarioSummary['scenario'], Column>>> = {
  mirror: { title: 'copies/call', cell: (row) => shown(row.copiesPerCall) },
  'hung-mirror': { title: 'p99 x healthy', cell: (row) => withSpread(row.p99ToHealthy) },
  'fan-out': { title: 'added p50 ms', cell: (row) => shown(row.addedP50Ms) },
}

function notes(summary: ScenarioSummary): string[] {
  return summary.rows.flatMap((row) => {
    const failed = row.failed > 0 ? [`  ${row.contestant}: ${row.failed} calls failed (counted apart, never timed)`] : []
    const open =
      row.unanswered > 0 ? [`  ${row.contestant}: ${row.unanswered} calls were due and not answered; its quantiles are lower bounds`] : []
    return [...failed, ...open]
  })
}

function verdictLine({ text, limit, reached, met }: Verdict): string {
  if (reached === null || met === null) return `  target ${text} <= ${readable(limit)}: not measured`
  return `  ${met ? 'PASS' : 'FAIL'}  target ${text} <= ${readable(limit)}: ${readable(reached.median)} (${readable(reached.min)} to ${readable(reached.max)})`
}

function section(summary: ScenarioSummary, results: Results): string {
  const extra = extraColumns[summary.scenario]
  const shownColumns = extra === undefined ? columns : [...columns, extra]
  const measured = summary.rows.map((row) => shownColumns.map((column) => column.cell(row)))
  const absent = results.contestants.filter(({ name }) => !summary.rows.some((row) => row.contestant === name))
  const empty = absent.map(({ name }) => [name, 'n/a', ...shownColumns.slice(2).map(() => '')])
  const table = textTable(
    shownColumns.map(({ title }) => title),
    [...measured, ...empty],
  )
  const verdicts = results.verdicts.filter(({ scenario }) => scenario === summary.scenario).map(verdictLine)
  return [scenarios[summary.scenario].title, table, ...notes(summary), ...verdicts].join('\n')
}

function heading({ machine, contestants, settings }: Results): string {
  const busy =
    machine.loadAverage > 0.5
      ? `\nThe machine was busy at the start (load average ${machine.loadAverage.toFixed(2)}): trust the ratios only.`
      : ''
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}${busy}`,
    ...contestants.map(({ name, version, missing }) => `  ${name}: ${missing ?? version}`),
    `${settings.rounds} rounds of ${settings.seconds} s windows; CPU and calls/s with ${settings.connections} connections in a closed loop,`,
    `latency at ${settings.openLoopRate} calls/s in an open loop, from the instant at which a call was due.`,
    `Origin: ${settings.origin}; closed loop by ${settings.generator}; proxy on CPU ${settings.proxyCpus}, all else on CPU ${settings.otherCpus}.`,
    'Medians over the rounds, ± half the range.',
  ].join('\n')
}

/** The whole report, with a newline at its end. */
export function textReport(results: Results): string {
  const failures = results.failures.map(
    ({ contestant, scenario, round, reason }) => `FAILED ${contestant}, ${scenario}, round ${round + 1}: ${reason}`,
  )
  const sections = results.summaries.map((summary) => section(summary, results))
  return `${[heading(results), ...sections, ...(failures.length > 0 ? [failures.join('\n')] : [])].join('\n\n')}\n`
}
