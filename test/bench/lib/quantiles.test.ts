import { describe, expect, it } from 'vitest'
import { LatencyRecorder, median, quantile } from '../../../bench/lib/quantiles.ts'

describe('quantiles', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)

  it('takes the nearest rank: the p99 of a hundred samples is the ninety-ninth', () => {
    expect([0.5, 0.9, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([50, 90, 99, 100])
  })

  it('is 0 of nothing', () => {
    expect([quantile([], 0.5), median([])]).toEqual([0, 0])
  })

  it('takes the mean of the middle two as the median of an even number of values', () => {
    expect([median([9, 1, 5]), median([4, 1, 3, 2])]).toEqual([5, 2.5])
  })

  it('keeps every sample, in whatever order and however many', () => {
    const recorder = new LatencyRecorder()
    for (let i = 200_000; i > 0; i--) recorder.add(i)
    expect(recorder.summary()).toEqual({
      samples: 200_000,
      p50Ms: 100_000,
      p90Ms: 180_000,
      p99Ms: 198_000,
      p999Ms: 199_800,
      maxMs: 200_000,
    })
  })
})
