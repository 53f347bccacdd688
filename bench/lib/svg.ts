/**
 * Grouped bar charts as SVG: no scripts, no outside fonts, readable on light and on dark pages.
 *
 * Every bar carries its value, and a thin line from its lowest to its highest round.
 */
import { type Axis, linearAxis, logarithmicAxis } from './axis.ts'

export interface Bar {
  /** Index into `series`. */
  readonly series: number
  readonly value: number
  readonly low: number
  readonly high: number
  readonly label: string
}

export interface BarChart {
  readonly title: string
  readonly subtitle: string
  readonly series: readonly string[]
  readonly groups: readonly { readonly name: string; readonly bars: readonly Bar[] }[]
  readonly scale: 'linear' | 'logarithmic'
}

const width = 1_100
const height = 440
const plot = { left: 64, right: width - 20, top: 96, bottom: height - 56 }

/** Told apart by people who see few colours, too (Okabe and Ito's palette), on white and on near-black. */
const colours = ['#999999', '#0a9e76', '#d99000', '#3f8fd6', '#b07cc6', '#8a8f2a', '#d55e3c']

const style = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #57606a }
  .value { font-size: 9px; text-anchor: middle }
  .name { font-size: 11px; text-anchor: middle }
  .page { fill: #ffffff }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .range { stroke: #24292f; stroke-width: 1.2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 } .page { fill: #0d1117 } .grid { stroke: #30363d } .range { stroke: #e6edf3 }
  }`

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`
}

/** Only the series that have a bar, each in the colour that its bars have. */
function legend({ series, groups }: BarChart): string[] {
  const drawn = new Set(groups.flatMap(({ bars }) => bars.map((bar) => bar.series)))
  let x = plot.left
  return series.flatMap((name, index) => {
    if (!drawn.has(index)) return []
    const at = x
    x += 34 + name.length * 7.2
    return [
      `<rect x="${at.toFixed(1)}" y="62" width="12" height="12" rx="2" fill="${colours[index] ?? '#999999'}"/>`,
      text(at + 17, 72, name),
    ]
  })
}

function grid(axis: Axis): string[] {
  return axis.ticks.flatMap(({ at, label }) => {
    const y = yOf(at)
    const line = `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>`
    return [line, text(plot.left - 8, y + 4, label, 'class="quiet" text-anchor="end"')]
  })
}

/** @param share 0 at the bottom of the plot, 1 at its top. */
function yOf(share: number): number {
  return plot.bottom - share * (plot.bottom - plot.top)
}

function drawBar(bar: Bar, x: number, barWidth: number, axis: Axis): string[] {
  const top = yOf(axis.share(bar.value))
  const high = yOf(axis.share(bar.high))
  const low = yOf(axis.share(bar.low))
  const middle = x + barWidth / 2
  const size = `width="${barWidth.toFixed(1)}" height="${Math.max(1, plot.bottom - top).toFixed(1)}"`
  return [
    `<rect x="${x.toFixed(1)}" y="${top.toFixed(1)}" ${size} rx="2" fill="${colours[bar.series] ?? '#999999'}"/>`,
    `<line class="range" x1="${middle.toFixed(1)}" x2="${middle.toFixed(1)}" y1="${high.toFixed(1)}" y2="${low.toFixed(1)}"/>`,
    text(middle, high - 5, bar.label, 'class="value"'),
  ]
}

/** Space between two groups. */
const gap = 26

/** All bars are equally wide; a group takes the room that its bars, and its name below them, need. */
function drawGroups({ groups }: BarChart, axis: Axis): string[] {
  const count = groups.reduce((sum, { bars }) => sum + bars.length, 0)
  const step = Math.min(52, (plot.right - plot.left - groups.length * gap) / Math.max(1, count))
  let left = plot.left + gap / 2
  return groups.flatMap(({ name, bars }) => {
    const from = left
    const middle = from + (bars.length * step) / 2
    left += bars.length * step + gap
    const drawn = bars.flatMap((bar, index) => drawBar(bar, from + index * step + 1.5, step - 3, axis))
    return [...drawn, ...nameBelow(name, middle)]
  })
}

/** Words under one another, so that long names fit below narrow groups. */
function nameBelow(name: string, middle: number): string[] {
  return name.split(/[ -]/).map((word, line) => text(middle, plot.bottom + 18 + line * 13, word, 'class="name"'))
}

function axisOf({ groups, scale }: BarChart): Axis {
  const bars = groups.flatMap((group) => group.bars)
  const values = bars.flatMap(({ value, low, high }) => [value, low, high])
  return scale === 'linear' ? linearAxis(values) : logarithmicAxis(values)
}

export function barChart(chart: BarChart): string {
  const axis = axisOf(chart)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(chart.title)}">`,
    `<style>${style}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    text(20, 28, chart.title, 'class="title"'),
    text(20, 47, chart.subtitle, 'class="quiet"'),
    ...legend(chart),
    ...grid(axis),
    ...drawGroups(chart, axis),
    '</svg>\n',
  ].join('\n')
}
