import { describe, expect, it } from 'vitest'
import { type SideBySideScenario, scenarioNames } from '../../../bench/load/scenario.ts'
import { scenarios } from '../../../bench/load/scenarios.ts'
import { summariseCompared } from '../../../bench/load/side-by-side-summary.ts'
import { comparison } from './samples.ts'

function named(name: string): SideBySideScenario {
  return scenarios.find((one) => one.name === name) as SideBySideScenario
}

describe('what lies between two that were up side by side', () => {
  it('is told by the medians of all their windows, so that one bad window decides nothing', () => {
    const samples = [
      comparison({ contestant: 'Tandem', round: 0, base: [4, 4], other: [5, 100] }),
      comparison({ contestant: 'Tandem', round: 1, base: [4, 8], other: [5, 5] }),
    ]
    const { rows } = summariseCompared(samples, ['Tandem'], named('hung-mirror'))
    expect(rows[0]?.p99Ratio).toEqual({ median: 1.25, min: 5 / 6, max: 52.5 / 4 })
    expect(rows[0]?.other.p99Ms?.median).toBe(5)
  })

  it('stands beside what lies between two that are alike', () => {
    const samples = [
      comparison({ contestant: 'Tandem', base: [4], other: [6] }),
      comparison({ contestant: 'Tandem', base: [4], other: [5], control: true }),
    ]
    const { rows } = summariseCompared(samples, ['Tandem'], named('hung-mirror'))
    expect(rows.map(({ control, p99Ratio }) => [control, p99Ratio?.median])).toEqual([
      [false, 1.5],
      [true, 1.25],
    ])
  })

  it('is the CPU per call within a round, also over that of Envoy', () => {
    const samples = [
      comparison({ contestant: 'Envoy', scenario: 'tls-caller', base: [1], other: [1], cpu: [40, 50] }),
      comparison({ contestant: 'Tandem', scenario: 'tls-caller', base: [1], other: [1], cpu: [20, 25] }),
    ]
    const { rows } = summariseCompared(samples, ['Envoy', 'Tandem'], named('tls-caller'))
    expect(rows.map(({ cpuRatio, cpuToEnvoy }) => [cpuRatio?.median, cpuToEnvoy?.median])).toEqual([
      [1.25, 1],
      [1.25, 0.5],
    ])
  })

  it('is what a fan-out adds to the median of a caller that asks both itself', () => {
    const samples = [comparison({ contestant: 'Tandem', scenario: 'fan-out-delay', base: [4, 4], other: [6, 6] })]
    expect(summariseCompared(samples, ['Tandem'], named('fan-out-delay')).rows[0]?.addedP50Ms?.median).toBe(0.5)
  })
})

it('every scenario has a name that can be asked for', () => {
  expect(scenarios.map(({ name }) => name)).toEqual(scenarioNames)
})
