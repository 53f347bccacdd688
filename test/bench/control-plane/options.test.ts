import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../bench/control-plane/options.ts'
import { figureNames } from '../../../bench/control-plane/figures.ts'

describe('the options of the bench of the control plane', () => {
  it('measures everything with 2,000 sidecars and 10,000 routes when nothing is said', () => {
    expect(parseOptions([])).toMatchObject({
      figures: figureNames,
      scale: { sidecars: 2_000, routes: 10_000 },
      quick: false,
      assert: false,
    })
  })

  it('makes a quick run a small one, with as many sidecars as are asked for', () => {
    expect(parseOptions(['--quick'])).toMatchObject({ scale: { sidecars: 100, routes: 2_000 }, quick: true })
    expect(parseOptions(['--quick', '--sidecars', '7'])).toMatchObject({ scale: { sidecars: 7, routes: 2_000 } })
  })

  it('measures the figures that are named, in their order', () => {
    expect(parseOptions(['--only', 'edits,memory']).figures).toEqual(['memory', 'edits'])
  })

  it('refuses what it does not know, and numbers that make no sense', () => {
    expect(() => parseOptions(['--only', 'memory,speed'])).toThrow('--only speed: expected one of memory, ')
    expect(() => parseOptions(['--sidecars', '1.5'])).toThrow('--sidecars 1.5: a whole number above 0')
    expect(() => parseOptions(['--fast'])).toThrow("'--fast'")
  })
})
