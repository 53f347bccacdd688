/**
 * The run as a person reads it on a terminal: who took part, a table for each scenario, the targets.
 */
import { textTable } from '../lib/table.ts'
import { type Column, aloneColumns, comparedColumns } from './columns.ts'
import { readable, withRange } from './format.ts'
import type { Turn } from './options.ts'
import type { Results, Settings } from './results.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import type { ScenarioSummary } from './summaries.ts'
import type { Verdict } from './targets.ts'

function tableOf<R>(columns: readonly Column<R>[], rows: readonly R[]): string {
  return textTable(
    columns.map(({ title }) => title),
    rows.map((row) => columns.map(({ cell }) => cell(row))),
  )
}

function table(scenario: Scenario, summary: ScenarioSummary): string {
  if (summary.kind === 'alone') return tableOf(aloneColumns(scenario), summary.rows)
  return scenario.kind === 'side-by-side' ? tableOf(comparedColumns(scenario), summary.rows) : ''
}

function notes({ rows }: ScenarioSummary): string[] {
  return rows.flatMap(({ contestant, failed, unanswered }) => {
    const refused = failed > 0 ? [`  ${contestant}: ${failed} calls failed (counted apart, never timed)`] : []
    const open = unanswered > 0 ? [`  ${contestant}: ${unanswered} calls were due and not answered; its quantiles are lower bounds`] : []
    return [...refused, ...open]
  })
}

/** Programs that are not on this machine are named where they would have been measured. */
function absent({ contestants }: Scenario, results: Results): string[] {
  const expected = results.contestants.filter(({ name }) => contestants.includes(name))
  return expected.flatMap(({ name, missing }) => (missing === undefined ? [] : [`  ${name}: ${missing}`]))
}

function section(summary: ScenarioSummary, results: Results): string {
  const scenario = scenarios.find(({ name }) => name === summary.scenario)
  if (scenario === undefined) return ''
  const headline = `${scenario.name}: ${scenario.title} (${scenario.connections} ${scenario.connections === 1 ? 'connection' : 'connections'})`
  const lines = summary.rows.length === 0 ? '  nobody was measured' : table(scenario, summary)
  return [headline, lines, ...absent(scenario, results), ...notes(summary)].join('\n')
}

function outcome({ reached, met, limit, bound }: Verdict): string {
  if (reached === null || met === null) return 'not measured'
  if (met) return 'met'
  const beyond = bound === 'at most' ? reached.median / limit - 1 : 1 - reached.median / limit
  return `missed by ${(100 * beyond).toFixed(0)} %`
}

const verdictColumns: readonly Column<Verdict>[] = [
  { title: 'target', cell: ({ scenario, text, bound, limit }) => `${scenario}: ${text}, ${bound} ${readable(limit)}` },
  { title: 'reached', cell: ({ reached }) => withRange(reached) },
  { title: 'two alike', cell: ({ noise }) => withRange(noise) },
  { title: '', cell: outcome },
]

function turn(of: string, { settleSeconds, windowsPerTurn, windowSeconds }: Turn): string {
  return `${of} ${settleSeconds} s dropped, then ${windowsPerTurn} x ${windowSeconds} s`
}

function pace({ rounds, seconds, turns, openLoopRate }: Settings): string[] {
  return [
    `${rounds} rounds of ${seconds} s windows; CPU and calls/s in a closed loop, latency at ${openLoopRate} calls/s in an open loop,`,
    'from the instant at which a call was due. Medians over the rounds, ± half the range.',
    `Side by side in turns A B B A (${turn('latency:', turns.open)}; ${turn('CPU:', turns.closed)}), medians over all windows.`,
  ]
}

function heading({ machine, contestants, settings, minutes }: Results): string {
  const busy =
    machine.loadAverage > 0.5
      ? `\nThe machine was busy at the start (load average ${machine.loadAverage.toFixed(2)}): trust the ratios only.`
      : ''
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}; ${minutes.toFixed(1)} minutes${busy}`,
    ...contestants.map(({ name, version, telemetry, missing }) => `  ${name}: ${missing ?? `${version} (${telemetry})`}`),
    ...pace(settings),
    `Origin: ${settings.origin}; closed loop by ${settings.generator}; proxy on CPU ${settings.proxyCpus}, all else on CPU ${settings.otherCpus}.`,
  ].join('\n')
}

/** The whole report, with a newline at its end. */
export function textReport(results: Results): string {
  const failures = results.failures.map(
    ({ contestant, scenario, round, reason }) => `FAILED ${contestant}, ${scenario}, round ${round + 1}: ${reason}`,
  )
  const sections = results.summaries.map((summary) => section(summary, results))
  const targets = results.verdicts.length > 0 ? [tableOf(verdictColumns, results.verdicts)] : []
  return `${[heading(results), ...sections, ...targets, ...(failures.length > 0 ? [failures.join('\n')] : [])].join('\n\n')}\n`
}
