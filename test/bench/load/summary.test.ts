import { describe, expect, it } from 'vitest'
import { summarise } from '../../../bench/load/summary.ts'
import { judge } from '../../../bench/load/targets.ts'
import { measurement } from './samples.ts'

/** The machine is twice as slow in the second round: ratios within a round do not change. */
const forward = [
  measurement({ contestant: 'nginx', scenario: 'forward', round: 0, cpu: 20 }),
  measurement({ contestant: 'Tandem', scenario: 'forward', round: 0, cpu: 60 }),
  measurement({ contestant: 'nginx', scenario: 'forward', round: 1, cpu: 40 }),
  measurement({ contestant: 'Tandem', scenario: 'forward', round: 1, cpu: 120 }),
]

describe('a summary', () => {
  it('takes ratios within one round, so that a slow round does not count against anybody', () => {
    const [summary] = summarise(forward, ['nginx', 'Tandem'], ['forward'])
    expect(summary?.rows.map((row) => row.cpuToNginx)).toEqual([
      { median: 1, min: 1, max: 1 },
      { median: 3, min: 3, max: 3 },
    ])
    expect(summary?.rows[1]?.cpuMicrosPerCall).toEqual({ median: 90, min: 60, max: 120 })
  })

  it('compares a hung mirror with the same proxy and a mirror that answers', () => {
    const samples = [
      measurement({ contestant: 'Tandem', scenario: 'mirror', p99Ms: 4 }),
      measurement({ contestant: 'Tandem', scenario: 'hung-mirror', p99Ms: 5 }),
    ]
    const [, hung] = summarise(samples, ['Tandem'], ['mirror', 'hung-mirror'])
    expect(hung?.rows[0]?.p99ToHealthy?.median).toBe(1.25)
  })

  it('shows what a fan-out adds to the median of a caller that asks both itself', () => {
    const samples = [
      measurement({ contestant: 'direct', scenario: 'fan-out', p99Ms: 4 }),
      measurement({ contestant: 'Tandem', scenario: 'fan-out', p99Ms: 6 }),
    ]
    const [summary] = summarise(samples, ['direct', 'Tandem'], ['fan-out'])
    expect(summary?.rows.map((row) => row.addedP50Ms?.median)).toEqual([undefined, 0.5])
  })

  it('leaves out who did not take part, and ratios to who is missing', () => {
    const [summary] = summarise(forward, ['nginx', 'HAProxy', 'Tandem'], ['forward'])
    expect(summary?.rows.map((row) => row.contestant)).toEqual(['nginx', 'Tandem'])
    expect(summary?.rows[1]?.cpuToEnvoy).toBeNull()
  })
})

describe('targets', () => {
  it('are met or missed by the median ratio', () => {
    const [met] = judge(summarise(forward, ['nginx', 'Tandem'], ['forward']))
    expect(met).toMatchObject({ scenario: 'forward', limit: 3.5, met: true })
    const slower = forward.map((one) => (one.contestant === 'Tandem' ? { ...one, cpuMicrosPerCall: (one.cpuMicrosPerCall ?? 0) * 2 } : one))
    expect(judge(summarise(slower, ['nginx', 'Tandem'], ['forward']))[0]).toMatchObject({ met: false, reached: { median: 6 } })
  })

  it('are neither met nor missed without the proxy that they are measured by', () => {
    const alone = forward.filter((one) => one.contestant === 'Tandem')
    expect(judge(summarise(alone, ['Tandem'], ['forward']))[0]).toMatchObject({ reached: null, met: null })
  })
})
