import { describe, expect, it } from 'vitest'
import { readable, textReport } from '../../../bench/load/report.ts'
import type { Results } from '../../../bench/load/results.ts'
import { summarise } from '../../../bench/load/summary.ts'
import { judge } from '../../../bench/load/targets.ts'
import { measurement } from './samples.ts'

const measurements = [
  measurement({ contestant: 'nginx', scenario: 'forward', cpu: 20 }),
  measurement({ contestant: 'Tandem', scenario: 'forward', cpu: 90, unanswered: 3 }),
]
const summaries = summarise(measurements, ['nginx', 'HAProxy', 'Tandem'], ['forward'])
const results: Results = {
  startedAt: '2026-11-23T10:00:00.000Z',
  commandLine: 'npm run bench --',
  machine: { cpu: 'AMD EPYC', cores: 2, memoryGiB: 24, kernel: 'Linux 6', node: 'v26', loadAverage: 0.1 },
  contestants: [
    { name: 'nginx', version: 'nginx/1.22.1', missing: undefined },
    { name: 'HAProxy', version: 'not installed', missing: 'not installed' },
    { name: 'Tandem', version: '0.1.0', missing: undefined },
  ],
  settings: {
    rounds: 1,
    seconds: 1,
    warmUpSeconds: 1,
    connections: 50,
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
}

describe('the report', () => {
  const report = textReport(results)

  it('names what is missing and what failed', () => {
    expect(report).toContain('HAProxy: not installed')
    expect(report).toMatch(/^HAProxy +n\/a$/m)
    expect(report).toContain('FAILED Tandem, mirror, round 1: no answer within 20 s')
  })

  it('shows a missed target plainly', () => {
    expect(report).toContain('FAIL  target CPU per call over nginx <= 3.50: 4.50')
  })

  it('marks quantiles that are lower bounds', () => {
    expect(report).toMatch(/^Tandem .*>1\.00 +>2\.00 +>4\.00/m)
    expect(report).toContain('3 calls were due and not answered')
  })

  it('says when the machine was busy', () => {
    expect(report).not.toContain('busy')
    expect(textReport({ ...results, machine: { ...results.machine, loadAverage: 1.5 } })).toContain('The machine was busy')
  })

  it('writes figures with about three digits', () => {
    expect([0.1234, 12.34, 123.4, 12_345.6].map(readable)).toEqual(['0.12', '12.3', '123', '12,346'])
  })
})
