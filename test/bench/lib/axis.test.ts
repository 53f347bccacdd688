import { describe, expect, it } from 'vitest'
import { linearAxis, logarithmicAxis, roundStep } from '../../../bench/lib/axis.ts'

describe('axes', () => {
  it('steps in round numbers', () => {
    expect([0.7, 1, 1.3, 17, 24, 60, 300].map(roundStep)).toEqual([1, 1, 2, 20, 25, 100, 500])
  })

  it('begins a linear axis at 0 and ends it at or above the largest value', () => {
    const axis = linearAxis([12, 93])
    expect(axis.ticks.map(({ label }) => label)).toEqual(['0', '20', '40', '60', '80', '100'])
    expect([axis.share(0), axis.share(50), axis.share(100)]).toEqual([0, 0.5, 1])
  })

  it('gives each power of ten the same room on a logarithmic axis', () => {
    const axis = logarithmicAxis([0.4, 1_900])
    expect(axis.ticks.map(({ label }) => label)).toEqual(['0.1', '1', '10', '100', '1,000', '10,000'])
    expect(axis.share(1) - axis.share(0.1)).toBeCloseTo(axis.share(1_000) - axis.share(100))
  })

  it('has marks even where there is nothing to show', () => {
    expect(linearAxis([]).ticks.length).toBeGreaterThan(1)
    expect(logarithmicAxis([]).ticks.length).toBeGreaterThan(1)
  })
})
