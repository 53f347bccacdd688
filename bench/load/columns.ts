/**
 * The tables of the report: which figures each kind of scenario has to show.
 */
import { readable, shown, withRange, withSpread } from './format.ts'
import type { Scenario, SideBySideScenario, Transfer } from './scenario.ts'
import type { ComparedRow, SideRow } from './side-by-side-summary.ts'
import { type Spread, scaled } from './spread.ts'
import type { Row } from './summary.ts'

export interface Column<R> {
  readonly title: string
  readonly cell: (row: R) => string
}

const MiB = 1_024 * 1_024

/** Calls that were never answered make a quantile a lower bound. */
export function latencyText(row: Pick<Row, 'unanswered'>, spread: Spread | null): string {
  if (spread === null) return '-'
  return `${row.unanswered > 0 ? '>' : ''}${readable(spread.median)}`
}

const name: Column<Row> = { title: '', cell: (row) => row.contestant }
const rss: Column<Row> = { title: 'RSS MiB', cell: (row) => shown(row.rssMiB) }
const start: Column<Row> = { title: 'start ms', cell: (row) => shown(row.startupMs) }
const copies: Column<Row> = { title: 'copies/call', cell: (row) => shown(row.copiesPerCall) }
const exported: Column<Row> = { title: 'OTLP B/call', cell: (row) => shown(row.spanBytesPerCall) }

const closed: readonly Column<Row>[] = [
  { title: 'CPU µs/call', cell: (row) => withSpread(row.cpuMicrosPerCall) },
  { title: 'x nginx', cell: (row) => shown(row.cpuToNginx) },
  { title: 'x Envoy', cell: (row) => shown(row.cpuToEnvoy) },
  { title: 'calls/s', cell: (row) => withSpread(row.callsPerSecond) },
]

const open: readonly Column<Row>[] = [
  { title: 'p50 ms', cell: (row) => latencyText(row, row.p50Ms) },
  { title: 'p90 ms', cell: (row) => latencyText(row, row.p90Ms) },
  { title: 'p99 ms', cell: (row) => latencyText(row, row.p99Ms) },
  { title: 'p99.9 ms', cell: (row) => latencyText(row, row.p999Ms) },
]

const closedMedian: readonly Column<Row>[] = [
  { title: 'p50 ms', cell: (row) => withSpread(row.closedP50Ms) },
  { title: 'x Envoy', cell: (row) => shown(row.closedP50ToEnvoy) },
]

function transferred({ bytes }: Transfer): readonly Column<Row>[] {
  return [
    name,
    { title: 'MiB/s', cell: (row) => withSpread(scaled(row.callsPerSecond, bytes / MiB)) },
    { title: 'x Envoy', cell: (row) => shown(row.callsToEnvoy) },
    { title: 'CPU µs/MiB', cell: (row) => withSpread(scaled(row.cpuMicrosPerCall, MiB / bytes)) },
    { title: 'x Envoy', cell: (row) => shown(row.cpuToEnvoy) },
    rss,
  ]
}

export function aloneColumns(scenario: Scenario): readonly Column<Row>[] {
  if (scenario.kind !== 'alone') return []
  if (scenario.transfer !== null) return transferred(scenario.transfer)
  const { windows, task } = scenario
  const more = task === 'mirror' ? [copies] : []
  if (windows === 'closed') return [name, ...closed, ...closedMedian, rss, start, ...more]
  if (windows === 'open') return [name, ...open, rss, start, exported]
  return [name, ...closed, ...open, rss, start, exported, ...more]
}

type Labels = SideBySideScenario['labels']

function sides([base, other]: Labels, title: string, figure: (side: SideRow) => Spread | null): readonly Column<ComparedRow>[] {
  return [
    { title: `${base} ${title}`, cell: (row) => shown(figure(row.base)) },
    { title: `${other} ${title}`, cell: (row) => shown(figure(row.other)) },
  ]
}

const compared: Column<ComparedRow> = {
  title: '',
  cell: (row) => (row.control ? `${row.contestant} twice, alike` : row.contestant),
}

function latencies(labels: Labels): readonly Column<ComparedRow>[] {
  return [
    ...sides(labels, 'p50 ms', ({ p50Ms }) => p50Ms),
    ...sides(labels, 'p90 ms', ({ p90Ms }) => p90Ms),
    ...sides(labels, 'p99 ms', ({ p99Ms }) => p99Ms),
  ]
}

function cpu(labels: Labels): readonly Column<ComparedRow>[] {
  return [
    ...sides(labels, 'µs/call', ({ cpuMicrosPerCall }) => cpuMicrosPerCall),
    { title: 'ratio', cell: (row) => withRange(row.cpuRatio) },
    { title: 'x Envoy', cell: (row) => shown(row.cpuToEnvoy) },
    ...sides(labels, 'calls/s', ({ callsPerSecond }) => callsPerSecond),
  ]
}

const ratios: Readonly<Record<'p50' | 'p99', readonly Column<ComparedRow>[]>> = {
  p50: [{ title: 'added p50 ms', cell: (row) => withRange(row.addedP50Ms) }],
  p99: [
    { title: 'p50 ratio', cell: (row) => shown(row.p50Ratio) },
    { title: 'p90 ratio', cell: (row) => shown(row.p90Ratio) },
    { title: 'p99 ratio', cell: (row) => withRange(row.p99Ratio) },
  ],
}

export function comparedColumns({ figure, labels }: SideBySideScenario): readonly Column<ComparedRow>[] {
  return figure === 'cpu' ? [compared, ...cpu(labels)] : [compared, ...latencies(labels), ...ratios[figure]]
}
