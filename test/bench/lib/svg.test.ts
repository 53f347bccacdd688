import { describe, expect, it } from 'vitest'
import { type BarChart, barChart } from '../../../bench/lib/svg.ts'

const bar = { value: 20, low: 18, high: 25, label: '20.0' }
const chart: BarChart = {
  title: 'CPU <per> call & more',
  subtitle: 'one machine',
  series: ['direct', 'nginx', 'Tandem'],
  groups: [
    {
      name: 'forward',
      bars: [
        { ...bar, series: 1 },
        { ...bar, series: 2, value: 40, high: 40, label: '40.0' },
      ],
    },
  ],
  scale: 'linear',
}

/** Fill of the legend's square before a name. */
function legendColour(svg: string, name: string): string | undefined {
  return new RegExp(`fill="(#\\w+)"/>\\n<text[^>]*>${name}</text>`).exec(svg)?.[1]
}

describe('a bar chart', () => {
  it('carries every value, name and mark, with markup escaped', () => {
    const svg = barChart(chart)
    for (const text of ['>20.0<', '>40.0<', '>forward<', '>nginx<', '>Tandem<', 'CPU &lt;per&gt; call &amp; more'])
      expect(svg).toContain(text)
  })

  it('names only the series that have a bar', () => {
    expect(barChart(chart)).not.toContain('>direct<')
  })

  it('gives a series the same colour in the legend and in the bars, whoever is missing', () => {
    const svg = barChart(chart)
    const colours = [...svg.matchAll(/height="[\d.]+" rx="2" fill="(#\w+)"\/>\n<line class="range"/g)].map(([, colour]) => colour)
    expect(colours).toEqual([legendColour(svg, 'nginx'), legendColour(svg, 'Tandem')])
  })

  it('draws a larger value higher', () => {
    const tops = [...barChart(chart).matchAll(/y="([\d.]+)" width="[\d.]+" height="[\d.]+" rx="2" fill="#\w+"\/>\n<line class="range"/g)]
    const [smaller = 0, larger = 0] = tops.map(([, top]) => Number(top))
    expect(larger).toBeLessThan(smaller)
  })

  it('has colours for dark pages', () => {
    expect(barChart(chart)).toContain('prefers-color-scheme: dark')
  })
})
