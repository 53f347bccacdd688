import { expect, test } from 'vitest'
import { everyPercent } from '../../../proxy/choice/share.ts'

function chosen(percent: number, calls: number): boolean[] {
  return Array.from({ length: calls }, everyPercent(percent))
}

function count(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length
}

test.each([
  { percent: 5, window: 20, hits: 1 },
  { percent: 0.5, window: 200, hits: 1 },
  { percent: 33, window: 100, hits: 33 },
  { percent: 0.07, window: 10_000, hits: 7 },
  { percent: 12.5, window: 8, hits: 1 },
  { percent: 99.9, window: 1_000, hits: 999 },
])('$percent percent is exactly $hits in every window of $window calls', ({ percent, window, hits }) => {
  const flags = chosen(percent, window * 2)
  const counts = flags.slice(window).map((_, start) => count(flags.slice(start, start + window)))
  expect(new Set(counts)).toEqual(new Set([hits]))
})

test('the calls of the share are evenly spread', () => {
  const places = chosen(10, 100).flatMap((hit, place) => (hit ? [place] : []))
  expect(places.map((place) => place % 10)).toEqual(places.map(() => (places[0] as number) % 10))
})

test('the count never drifts from the share, however odd the percentage', () => {
  const belongs = everyPercent(33.333333)
  let hits = 0
  let furthest = 0
  for (let call = 1; call <= 300_000; call++) {
    if (belongs()) hits++
    furthest = Math.max(furthest, Math.abs(hits - call * 0.33333333))
  }
  expect(furthest).toBeLessThan(0.500001)
  expect(hits).toBe(100_000)
})

test('0 percent is never and 100 percent is always', () => {
  expect(count(chosen(0, 1_000))).toBe(0)
  expect(count(chosen(100, 1_000))).toBe(1_000)
})
