import { expect, test } from 'vitest'
import { rendezvous } from '../../../proxy/choice/rendezvous.ts'

const callers = Array.from({ length: 20_000 }, (_, number) => `user-${number}`)

function choices(seeds: readonly string[], weights: readonly number[]): number[] {
  return callers.map((caller) => rendezvous(caller, seeds, weights))
}

function shareOf(picks: readonly number[], index: number): number {
  return picks.filter((pick) => pick === index).length / picks.length
}

/** The former choice of each caller that has another one now. */
function movedFrom(before: readonly number[], after: readonly number[]): number[] {
  return before.filter((pick, caller) => pick !== after[caller])
}

test('a caller always gets the same destination', () => {
  const once = choices(['a', 'b', 'c'], [5, 3, 2])
  expect(choices(['a', 'b', 'c'], [5, 3, 2])).toEqual(once)
})

test('the order of the destinations does not matter', () => {
  const forward = choices(['a', 'b', 'c'], [5, 3, 2]).map((pick) => ['a', 'b', 'c'][pick])
  const backward = choices(['c', 'b', 'a'], [2, 3, 5]).map((pick) => ['c', 'b', 'a'][pick])
  expect(backward).toEqual(forward)
})

test('callers spread by weight', () => {
  const picks = choices(['catalog-v1', 'catalog-v2', 'catalog-v3'], [70, 20, 10])
  expect(shareOf(picks, 0)).toBeCloseTo(0.7, 1)
  expect(shareOf(picks, 1)).toBeCloseTo(0.2, 1)
  expect(shareOf(picks, 2)).toBeCloseTo(0.1, 1)
})

test('equal weights over fifty destinations stay within a fifth of the mean', () => {
  const seeds = Array.from({ length: 50 }, (_, number) => `10.0.0.${number}:8080`)
  const picks = choices(
    seeds,
    seeds.map(() => 1),
  )
  for (let index = 0; index < 50; index++) expect(Math.abs(shareOf(picks, index) * 50 - 1)).toBeLessThan(0.2)
})

test('moving 90/10 to 80/20 moves a tenth of the callers, all of them from the first to the second', () => {
  const before = choices(['catalog-v1', 'catalog-v2'], [90, 10])
  const after = choices(['catalog-v1', 'catalog-v2'], [80, 20])
  const moved = movedFrom(before, after)
  expect(moved.length / callers.length).toBeGreaterThan(0.09)
  expect(moved.length / callers.length).toBeLessThan(0.11)
  expect(new Set(moved)).toEqual(new Set([0]))
})

test('when one weight is lowered, callers of the others stay where they are', () => {
  const before = choices(['a', 'b', 'c'], [40, 40, 20])
  const after = choices(['a', 'b', 'c'], [20, 40, 20])
  expect(new Set(movedFrom(before, after))).toEqual(new Set([0]))
})

test('when a destination is removed, only its own callers move', () => {
  const before = choices(['a', 'b', 'c'], [1, 1, 1])
  const after = choices(['a', 'b'], [1, 1])
  expect(new Set(movedFrom(before, after))).toEqual(new Set([2]))
})

test('weight 0 is never chosen, and nobody is where every weight is 0', () => {
  expect(new Set(choices(['a', 'b'], [0, 1]))).toEqual(new Set([1]))
  expect(rendezvous('user', ['a', 'b'], [0, 0])).toBe(-1)
  expect(rendezvous('user', [], [])).toBe(-1)
})
