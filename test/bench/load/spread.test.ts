import { describe, expect, it } from 'vitest'
import { comparedSpread, difference, ratio, spread, windowSpread } from '../../../bench/load/spread.ts'

describe('a figure over the rounds', () => {
  it('is the median, with the lowest and the highest round', () => {
    expect(spread([3, null, 1, 2])).toEqual({ median: 2, min: 1, max: 3 })
    expect(spread([null])).toBeNull()
  })

  it('is the median of all windows where a round has several', () => {
    const rounds = [
      [1, 2, 9],
      [3, 4, 5],
    ]
    expect(windowSpread(rounds)).toEqual({ median: 3.5, min: 2, max: 4 })
    expect(windowSpread([])).toBeNull()
  })

  it('compares the medians of all windows, and shows the rounds', () => {
    expect(comparedSpread([[2], [6]], [[1], [2]], ratio)).toEqual({ median: 4 / 1.5, min: 2, max: 3 })
    expect(comparedSpread([[2], [6]], [[1], [2]], difference)).toEqual({ median: 2.5, min: 1, max: 4 })
  })

  it('is nothing where a side has no windows', () => {
    expect(comparedSpread([[2]], [[]], ratio)).toBeNull()
    expect(comparedSpread([], [], ratio)).toBeNull()
  })
})
