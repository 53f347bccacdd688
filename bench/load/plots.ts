/**
 * The plots of a run: CPU per call, latency at a fixed rate, throughput of large bodies; grouped by scenario.
 */
import { type Bar, type BarChart, barChart } from '../lib/svg.ts'
import { readable } from './format.ts'
import type { Results } from './results.ts'
import { scenarios } from './scenarios.ts'
import { type Spread, scaled } from './spread.ts'
import type { ScenarioSummary } from './summaries.ts'
import type { Row } from './summary.ts'

/** What a scenario shows for one contestant. */
interface Shown {
  readonly contestant: string
  readonly spread: Spread | null
  /** In front of the figure. */
  readonly mark: string
}

interface Group {
  readonly name: string
  readonly shown: readonly Shown[]
}

interface Plot {
  readonly name: string
  readonly title: string
  readonly groups: readonly Group[]
  readonly scale: BarChart['scale']
}

/** Colours stay with the contestant, whoever else takes part. */
const series: readonly string[] = ['direct', 'nginx', 'HAProxy', 'Envoy', 'Traefik', 'KrakenD', 'Tandem']

function bars(shown: readonly Shown[]): Bar[] {
  return shown.flatMap(({ contestant, spread, mark }) => {
    if (spread === null) return []
    const { median, min, max } = spread
    return [{ series: series.indexOf(contestant), value: median, low: min, high: max, label: `${mark}${readable(median)}` }]
  })
}

function draw({ machine, settings, startedAt }: Results, plot: Plot): string {
  const rounds = settings.rounds === 1 ? 'one round' : `median of ${settings.rounds} rounds, lines from lowest to highest`
  const subtitle = `${machine.cpu}, ${machine.cores} cores, ${startedAt.slice(0, 10)}; ${rounds}`
  const groups = plot.groups.map(({ name, shown }) => ({ name, bars: bars(shown) }))
  return barChart({ title: plot.title, subtitle, series, groups: groups.filter((group) => group.bars.length > 0), scale: plot.scale })
}

function ofRows(name: string, rows: readonly Row[], figure: (row: Row) => Spread | null, mark: (row: Row) => string): Group {
  return { name, shown: rows.map((row) => ({ contestant: row.contestant, spread: figure(row), mark: mark(row) })) }
}

const unmarked = (): string => ''
/** Calls that were never answered make a quantile a lower bound. */
const bound = ({ unanswered }: Row): string => (unanswered > 0 ? '>' : '')

function transferBytes(summary: ScenarioSummary): number | null {
  const scenario = scenarios.find(({ name }) => name === summary.scenario)
  return scenario?.kind === 'alone' && scenario.transfer !== null ? scenario.transfer.bytes : null
}

function cpuGroup(summary: ScenarioSummary): Group {
  if (summary.kind === 'alone') return ofRows(summary.scenario, summary.rows, (row) => row.cpuMicrosPerCall, unmarked)
  const rows = summary.rows.filter(({ control }) => !control)
  return { name: summary.scenario, shown: rows.map(({ contestant, other }) => ({ contestant, spread: other.cpuMicrosPerCall, mark: '' })) }
}

/** What a call costs at a thousand calls a second, and with large bodies, is another matter. */
function showsCpu({ scenario }: ScenarioSummary): boolean {
  const one = scenarios.find(({ name }) => name === scenario)
  return one !== undefined && (one.kind === 'alone' ? one.transfer === null : one.pace === 'closed')
}

function cpuPlot({ summaries }: Results): Plot {
  const title = 'CPU per call of the proxy, in µs (less is better)'
  return { name: 'cpu', title, groups: summaries.filter(showsCpu).map(cpuGroup), scale: 'linear' }
}

const quantiles = [
  { label: 'p50', figure: (row: Row) => row.p50Ms },
  { label: 'p99', figure: (row: Row) => row.p99Ms },
  { label: 'p99.9', figure: (row: Row) => row.p999Ms },
]

function latencyPlot({ summaries, settings }: Results): Plot {
  const groups = summaries
    .filter((summary) => summary.kind === 'alone')
    .filter(({ scenario }) => scenario !== 'steady')
    .flatMap(({ scenario, rows }) => quantiles.map(({ label, figure }) => ofRows(`${scenario} ${label}`, rows, figure, bound)))
  const title = `Latency in ms at ${settings.openLoopRate.toLocaleString('en-US')} calls/s (less is better, logarithmic)`
  return { name: 'latency', title, groups, scale: 'logarithmic' }
}

function transferPlot({ summaries }: Results): Plot {
  const groups = summaries.flatMap((summary) => {
    const bytes = transferBytes(summary)
    if (bytes === null || summary.kind !== 'alone') return []
    return [ofRows(summary.scenario, summary.rows, (row) => scaled(row.callsPerSecond, bytes / 1_048_576), unmarked)]
  })
  return { name: 'transfers', title: 'Throughput of bodies in MiB/s, 16 connections (more is better)', groups, scale: 'linear' }
}

/** Plots without a bar are left out. */
export function plots(results: Results): { readonly name: string; readonly svg: string }[] {
  const all = [cpuPlot(results), latencyPlot(results), transferPlot(results)]
  const drawn = all.filter(({ groups }) => groups.some(({ shown }) => shown.some(({ spread }) => spread !== null)))
  return drawn.map((plot) => ({ name: plot.name, svg: draw(results, plot) }))
}
