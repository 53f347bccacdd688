import { expect, test } from 'vitest'
import { compartmentCells, compartmentIn, shareOf } from '../../../proxy/worker/compartments.ts'

test.each([
  { limit: 64, workers: 4, shares: [16, 16, 16, 16] },
  { limit: 10, workers: 4, shares: [3, 3, 2, 2] },
  { limit: 2, workers: 4, shares: [1, 1, 1, 1] },
])('$limit connections are shared out as $shares', ({ limit, workers, shares }) => {
  expect(shares.map((_, index) => shareOf(limit, { index, workers }))).toEqual(shares)
})

test('each place has counts of its own, and each count is that of all workers', () => {
  const cells = new Int32Array(new SharedArrayBuffer(4 * 3 * compartmentCells(2)))
  const of = (place: number, index: number) => compartmentIn(cells, place, { index, workers: 2 })
  of(0, 0).requests.add(1)
  of(0, 1).requests.add(2)
  of(0, 1).pending.add(4)
  of(2, 0).requests.add(8)
  const totals = [0, 1, 2].map((place) => [of(place, 0).requests.total, of(place, 1).pending.total])
  expect(totals).toEqual([
    [3, 4],
    [0, 0],
    [8, 0],
  ])
})
