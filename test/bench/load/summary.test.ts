import { describe, expect, it } from 'vitest'
import type { AloneScenario } from '../../../bench/load/scenario.ts'
import { scenarios } from '../../../bench/load/scenarios.ts'
import { summariseAlone } from '../../../bench/load/summary.ts'
import { measurement } from './samples.ts'

const scenario = scenarios.find(({ name }) => name === 'forward') as AloneScenario

/** The machine is twice as slow in the second round: ratios within a round do not change. */
const forward = [
  measurement({ contestant: 'nginx', round: 0, cpu: 20 }),
  measurement({ contestant: 'Tandem', round: 0, cpu: 60 }),
  measurement({ contestant: 'nginx', round: 1, cpu: 40 }),
  measurement({ contestant: 'Tandem', round: 1, cpu: 120 }),
]

describe('a summary', () => {
  it('takes ratios within one round, so that a slow round does not count against anybody', () => {
    const { rows } = summariseAlone(forward, ['nginx', 'Tandem'], scenario)
    expect(rows.map((row) => row.cpuToNginx)).toEqual([
      { median: 1, min: 1, max: 1 },
      { median: 3, min: 3, max: 3 },
    ])
    expect(rows[1]?.cpuMicrosPerCall).toEqual({ median: 90, min: 60, max: 120 })
  })

  it('leaves out who did not take part, ratios to who is missing, and other scenarios', () => {
    const more = [...forward, measurement({ contestant: 'HAProxy', scenario: 'mirror', cpu: 1 })]
    const { rows } = summariseAlone(more, ['nginx', 'HAProxy', 'Tandem'], scenario)
    expect(rows.map((row) => row.contestant)).toEqual(['nginx', 'Tandem'])
    expect(rows[1]?.cpuToEnvoy).toBeNull()
  })

  it('has no figures of a window that was not run', () => {
    const { rows } = summariseAlone([{ ...measurement({ contestant: 'nginx' }), openLoop: null }], ['nginx'], scenario)
    expect(rows[0]).toMatchObject({ p50Ms: null, p999Ms: null, unanswered: 0, callsPerSecond: { median: 250 } })
  })
})
