import { describe, expect, test } from 'vitest'
import { everyPercent } from '../../../proxy/choice/share.ts'
import { smoothWeighted } from '../../../proxy/choice/smooth-weighted.ts'
import { type MakeWheel, ownWheel, sharedWheel } from '../../../proxy/choice/wheel.ts'

function cells(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8))
}

describe.each<[string, () => MakeWheel]>([
  ['of one thread', () => ownWheel],
  ['that is shared', () => sharedWheel(cells(), 1)],
])('a wheel %s', (_title, make) => {
  test('goes round in equal steps', () => {
    const turn = make()(3, 7)
    expect(Array.from({ length: 8 }, turn)).toEqual([0, 3, 6, 2, 5, 1, 4, 0])
  })

  test('has room for a step and a size that together need 31 bits', () => {
    const turn = make()(1_000_000_000, 1_000_000_001)
    expect(Array.from({ length: 4 }, turn)).toEqual([0, 1_000_000_000, 999_999_999, 999_999_998])
  })

  test('stays where it is with steps of its whole size, or of none', () => {
    for (const step of [0, 100]) expect(Array.from({ length: 3 }, make()(step, 100))).toEqual([0, 0, 0])
  })
})

describe('who shares a wheel', () => {
  test('takes turns on it, whoever comes', () => {
    const shared = cells()
    const turns = [sharedWheel(shared, 0)(1, 5), sharedWheel(shared, 0)(1, 5)]
    expect([0, 0, 1, 0, 1, 1, 1].map((who) => turns[who]?.())).toEqual([0, 1, 2, 3, 4, 0, 1])
  })

  test('has exact weights together', () => {
    const shared = cells()
    const picks = [smoothWeighted([90, 10], sharedWheel(shared, 0)), smoothWeighted([90, 10], sharedWheel(shared, 0))]
    const picked = Array.from({ length: 300 }, (_, call) => picks[call % 7 < 2 ? 0 : 1]?.())
    for (let start = 0; start <= 200; start++) expect(picked.slice(start, start + 100).filter((index) => index === 1)).toHaveLength(10)
  })

  test('has an exact share together', () => {
    const shared = cells()
    const due = [everyPercent(12.5, sharedWheel(shared, 0)), everyPercent(12.5, sharedWheel(shared, 0))]
    const flags = Array.from({ length: 160 }, (_, call) => due[call % 3 === 0 ? 0 : 1]?.())
    for (let start = 0; start <= 152; start++) expect(flags.slice(start, start + 8).filter(Boolean)).toHaveLength(1)
  })

  test('has exact weights together where the cycle is long', () => {
    const shared = cells()
    const picks = [smoothWeighted([1_099, 1], sharedWheel(shared, 0)), smoothWeighted([1_099, 1], sharedWheel(shared, 0))]
    const picked = Array.from({ length: 3_300 }, (_, call) => picks[call % 2]?.())
    for (let start = 0; start <= 2_200; start += 100) {
      expect(picked.slice(start, start + 1_100).filter((index) => index === 1)).toHaveLength(1)
    }
  })
})
