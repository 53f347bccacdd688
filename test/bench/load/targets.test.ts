import { describe, expect, it } from 'vitest'
import type { AloneScenario, SideBySideScenario } from '../../../bench/load/scenario.ts'
import { scenarios } from '../../../bench/load/scenarios.ts'
import { summariseCompared } from '../../../bench/load/side-by-side-summary.ts'
import { summariseAlone } from '../../../bench/load/summary.ts'
import { judge } from '../../../bench/load/targets.ts'
import { type Sample, comparison, measurement } from './samples.ts'

const forward = scenarios.find(({ name }) => name === 'forward') as AloneScenario
const hung = scenarios.find(({ name }) => name === 'hung-mirror') as SideBySideScenario

function verdictsOn(...samples: readonly Sample[]) {
  const names = ['nginx', 'Envoy', 'Tandem']
  return judge([summariseAlone(samples.map(measurement), names, forward)])
}

describe('targets', () => {
  it('are met or missed by the median ratio', () => {
    const envoy = { contestant: 'Envoy', cpu: 40 }
    expect(verdictsOn(envoy, { contestant: 'Tandem', cpu: 26 })[0]).toMatchObject({ limit: 0.65, met: true, reached: { median: 0.65 } })
    expect(verdictsOn(envoy, { contestant: 'Tandem', cpu: 27 })[0]).toMatchObject({ met: false })
  })

  it('are met from below where more is better', () => {
    const [, , throughput] = verdictsOn({ contestant: 'Envoy' }, { contestant: 'Tandem' })
    expect(throughput).toMatchObject({ bound: 'at least', limit: 1.15, met: false, reached: { median: 1 } })
  })

  it('are neither met nor missed without the proxy that they are measured by', () => {
    expect(verdictsOn({ contestant: 'Tandem', cpu: 20 })[0]).toMatchObject({ reached: null, met: null })
  })

  it('show what two that are alike differ by, where that was measured', () => {
    const samples = [
      comparison({ contestant: 'Tandem', base: [4], other: [4.1] }),
      comparison({ contestant: 'Tandem', base: [4], other: [5], control: true }),
    ]
    const [verdict] = judge([summariseCompared(samples, ['Tandem'], hung)])
    expect(verdict).toMatchObject({ met: true, noise: { median: 1.25 } })
  })
})
