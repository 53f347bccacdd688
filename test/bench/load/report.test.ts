import { describe, expect, it } from 'vitest'
import { readable } from '../../../bench/load/format.ts'
import { parseOptions } from '../../../bench/load/options.ts'
import { plots } from '../../../bench/load/plots.ts'
import { textReport } from '../../../bench/load/report.ts'
import type { Results } from '../../../bench/load/results.ts'
import { summarise } from '../../../bench/load/summaries.ts'
import { judge } from '../../../bench/load/targets.ts'
import { comparison, measurement } from './samples.ts'

const names = ['nginx', 'HAProxy', 'Tandem']

const measurements = [
  measurement({ contestant: 'nginx', cpu: 20 }),
  measurement({ contestant: 'Tandem', cpu: 90, unanswered: 3 }),
  measurement({ contestant: 'Tandem', scenario: 'download-1m', cpu: 500 }),
  measurement({ contestant: 'Tandem', scenario: 'steady', rssMiB: 102 }),
]
const comparisons = [
  comparison({ contestant: 'Tandem', base: [4], other: [4] }),
  comparison({ contestant: 'Tandem', base: [4], other: [5], control: true }),
]
const summaries = summarise({ measurements, comparisons }, names, ['forward', 'hung-mirror', 'download-1m', 'steady'])
const results: Results = {
  startedAt: '2026-11-23T10:00:00.000Z',
  minutes: 0.5,
  commandLine: 'npm run bench --',
  machine: { cpu: 'AMD EPYC', cores: 2, memoryGiB: 24, kernel: 'Linux 6', node: 'v26', loadAverage: 0.1 },
  contestants: [
    { name: 'nginx', version: 'nginx/1.22.1', telemetry: 'access log', missing: undefined },
    { name: 'HAProxy', version: 'not installed', telemetry: 'access log', missing: 'not installed' },
    { name: 'Tandem', version: '0.1.0', telemetry: 'access log, metrics', missing: undefined },
  ],
  settings: {
    rounds: 1,
    seconds: 1,
    warmUpSeconds: 1,
    turns: parseOptions([], names).turns,
    openLoopRate: 1_000,
    origin: 'nginx',
    generator: 'wrk',
    proxyCpus: '0',
    otherCpus: '1',
  },
  summaries,
  verdicts: judge(summaries),
  failures: [{ contestant: 'Tandem', scenario: 'mirror', round: 0, reason: 'no answer within 20 s' }],
  measurements,
  comparisons,
}

describe('the report', () => {
  const report = textReport(results)

  it('names who took part with what telemetry, what is missing and what failed', () => {
    expect(report).toContain('  Tandem: 0.1.0 (access log, metrics)')
    expect(report.match(/^ {2}HAProxy: not installed$/gm)).toHaveLength(2)
    expect(report).toContain('FAILED Tandem, mirror, round 1: no answer within 20 s')
  })

  it('shows a missed target plainly, by how much, and one that was not measured', () => {
    expect(report).toMatch(/^forward: CPU per call over nginx's, at most 1\.80 +4\.50 +- +missed by 150 %$/m)
    expect(report).toMatch(/^steady: RSS at 1,000 calls\/s, MiB, at most 85\.0 +102 +- +missed by 20 %$/m)
    expect(report).toMatch(/^forward: CPU per call over Envoy's, at most 0\.65 +- +- +not measured$/m)
  })

  it('shows the noise of a comparison beside the figure', () => {
    expect(report).toMatch(/^Tandem twice, alike .* 1\.25$/m)
    expect(report).toMatch(/^hung-mirror: .*at most 1\.05 +1\.00 +1\.25 +met$/m)
  })

  it('marks quantiles that are lower bounds', () => {
    expect(report).toMatch(/^Tandem .*>1\.00 +>2\.00 +>4\.00/m)
    expect(report).toContain('3 calls were due and not answered')
  })

  it('gives large bodies as throughput', () => {
    expect(report).toMatch(/^Tandem +250 +- +500 +- +-$/m)
  })

  it('says when the machine was busy', () => {
    expect(report).not.toContain('busy')
    expect(textReport({ ...results, machine: { ...results.machine, loadAverage: 1.5 } })).toContain('The machine was busy')
  })

  it('writes figures with about three digits', () => {
    expect([0.1234, 12.34, 123.4, 12_345.6].map(readable)).toEqual(['0.12', '12.3', '123', '12,346'])
  })
})

describe('the plots', () => {
  it('show CPU, latency and throughput, each in a picture of its own', () => {
    const drawn = new Map(plots(results).map(({ name, svg }) => [name, svg]))
    expect([...drawn.keys()]).toEqual(['cpu', 'latency', 'transfers'])
    expect(drawn.get('cpu')).toContain('>90.0<')
    expect(drawn.get('latency')).toContain('>&gt;1.00<')
    expect(drawn.get('transfers')).toContain('>250<')
  })

  it('leave out a picture that would be empty', () => {
    expect(plots({ ...results, summaries: [] })).toEqual([])
  })
})
