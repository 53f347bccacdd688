import { expect, test } from 'vitest'
import { smoothWeighted } from '../../../proxy/choice/smooth-weighted.ts'

function take(pick: () => number, calls: number): number[] {
  return Array.from({ length: calls }, pick)
}

function countsOf(picks: readonly number[], indexes: number): number[] {
  const counts = Array.from({ length: indexes }, () => 0)
  for (const pick of picks) counts[pick] = (counts[pick] ?? 0) + 1
  return counts
}

test.each([
  { weights: [90, 10] },
  { weights: [99, 1] },
  { weights: [33, 33, 34] },
  { weights: [1, 0, 99] },
  { weights: [17, 23, 29, 31] },
  { weights: [100] },
])('$weights are exact over every window of 100 calls', ({ weights }) => {
  const picks = take(smoothWeighted(weights), 450)
  for (let start = 0; start + 100 <= picks.length; start++) {
    expect(countsOf(picks.slice(start, start + 100), weights.length)).toEqual(weights)
  }
})

test('weights too large for a cycle laid out beforehand are exact over every window of sum / gcd', () => {
  const weights = [30_010, 9_990, 20]
  const window = 4_002
  const picks = take(smoothWeighted(weights), window * 2)
  for (let start = 0; start <= window; start += 97) {
    expect(countsOf(picks.slice(start, start + window), 3)).toEqual([3_001, 999, 2])
  }
})

test('heavier destinations are interleaved with the others, not sent runs of calls', () => {
  expect(take(smoothWeighted([5, 1, 1]), 7)).toEqual([0, 0, 1, 0, 2, 0, 0])
})

test('equal weights take turns', () => {
  expect(take(smoothWeighted([7, 7, 7]), 6)).toEqual([0, 1, 2, 0, 1, 2])
})

test('weight 0 is never picked, whatever its place', () => {
  expect(new Set(take(smoothWeighted([0, 3, 0, 1]), 100))).toEqual(new Set([1, 3]))
  expect(new Set(take(smoothWeighted([0, 999_983, 1, 0]), 1_000))).toEqual(new Set([1]))
})

test('nothing is picked where every weight is 0', () => {
  expect(smoothWeighted([0, 0])()).toBe(-1)
  expect(smoothWeighted([])()).toBe(-1)
})
