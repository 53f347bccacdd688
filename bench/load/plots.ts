/**
 * The two plots of a run: CPU per call, and p99 at a fixed rate, grouped by scenario.
 */
import { type Bar, type BarChart, barChart } from '../lib/svg.ts'
import { latencyText, readable } from './report.ts'
import type { Results } from './results.ts'
import type { Row, Spread } from './summary.ts'

interface Plot {
  readonly title: string
  readonly figure: (row: Row) => Spread | null
  readonly label: (row: Row, spread: Spread) => string
  readonly scale: BarChart['scale']
}

/** Colours stay with the contestant, whoever else takes part. */
const series: readonly string[] = ['direct', 'nginx', 'HAProxy', 'Envoy', 'Tandem']

function bars(rows: readonly Row[], { figure, label }: Plot): Bar[] {
  return rows.flatMap((row) => {
    const spread = figure(row)
    if (spread === null) return []
    const { median, min, max } = spread
    return [{ series: series.indexOf(row.contestant), value: median, low: min, high: max, label: label(row, spread) }]
  })
}

function draw(results: Results, plot: Plot): string {
  const { machine, settings, startedAt } = results
  const groups = results.summaries.map(({ scenario, rows }) => ({ name: scenario, bars: bars(rows, plot) }))
  const rounds = settings.rounds === 1 ? 'one round' : `median of ${settings.rounds} rounds, lines from lowest to highest`
  const subtitle = `${machine.cpu}, ${machine.cores} cores, ${startedAt.slice(0, 10)}; ${rounds}`
  return barChart({ title: plot.title, subtitle, series, groups: groups.filter((group) => group.bars.length > 0), scale: plot.scale })
}

export function cpuPlot(results: Results): string {
  const title = 'CPU per call of the proxy, in µs (less is better)'
  return draw(results, { title, figure: (row) => row.cpuMicrosPerCall, label: (_, { median }) => readable(median), scale: 'linear' })
}

export function latencyPlot(results: Results): string {
  const title = `p99 in ms at ${results.settings.openLoopRate} calls/s (less is better, logarithmic)`
  return draw(results, { title, figure: (row) => row.p99Ms, label: latencyText, scale: 'logarithmic' })
}
