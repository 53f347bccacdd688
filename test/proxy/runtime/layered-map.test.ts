import { expect, test } from 'vitest'
import { editedMap, keysThatMayDiffer } from '../../../proxy/runtime/layered-map.ts'
import { atOnce } from '../../../proxy/runtime/steps.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'

type Numbers = ReadonlyMap<string, number | undefined>

const hundred: Numbers = new Map(Array.from({ length: 100 }, (_, n) => [`k${n}`, n]))
const edited = (base: Numbers, set: Iterable<readonly [string, number | undefined]>, remove: Iterable<string> = []) =>
  atOnce(editedMap(base, new Map(set), new Set(remove)))

test('it says what a plain map says after the same edits, and what it was made from stays as it was', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new SeededRandom(seed)
    const plain = new Map(hundred)
    let map = hundred
    for (let step = 0; step < 40; step++) {
      const before = [...map]
      const some = () => `k${random.below(120)}`
      const remove = new Set(Array.from({ length: random.below(3) }, some))
      const set = new Map(Array.from({ length: random.below(4) }, () => [some(), random.chance(10) ? undefined : random.below(1_000)]))
      const next = edited(map, set, remove)
      expect([...map]).toEqual(before)
      map = next
      for (const key of remove) if (!set.has(key)) plain.delete(key)
      for (const [key, value] of set) plain.set(key, value)
      expectSame(map, plain)
    }
  }
})

function expectSame(map: Numbers, plain: Numbers): void {
  expect(map.size).toBe(plain.size)
  expect(new Map(map)).toEqual(plain)
  const values = [...map.values()]
  expect(new Map([...map.keys()].map((key, at) => [key, values[at]]))).toEqual(plain)
  const each = new Map<string, number | undefined>()
  map.forEach((value, key) => each.set(key, value))
  expect(each).toEqual(plain)
  const looked = (one: Numbers) => Array.from({ length: 120 }, (_, n) => [one.has(`k${n}`), one.get(`k${n}`)])
  expect(looked(map)).toEqual(looked(plain))
}

test('what is replaced keeps its place, and what is new comes last', () => {
  const map = edited(
    hundred,
    [
      ['new', 1],
      ['k0', -1],
    ],
    ['k1'],
  )
  expect([...map].slice(0, 2)).toEqual([
    ['k0', -1],
    ['k2', 2],
  ])
  expect([...map].at(-1)).toEqual(['new', 1])
})

test('without an edit it is the very same', () => {
  expect(edited(hundred, [])).toBe(hundred)
})

test('of two that come from the same, the edited keys are all that may differ', () => {
  const one = edited(hundred, [['k1', -1]])
  const two = edited(one, [['k2', -2]], ['k3', 'never there'])
  expect(keysThatMayDiffer(hundred, two)).toEqual(new Set(['k1', 'k2', 'k3']))
  expect(keysThatMayDiffer(one, two)).toEqual(new Set(['k1', 'k2', 'k3']))
  expect(keysThatMayDiffer(hundred, new Map(hundred))).toBeNull()
})

test('after many edits it is as flat as it was', () => {
  let map = hundred
  let flat = 0
  for (let n = 0; n < 100; n++) {
    const next = edited(map, [[`k${n}`, -n]])
    if (next instanceof Map) flat++
    map = next
  }
  expect(flat).toBe(9)
  expect(map.get('k7')).toBe(-7)
  expect(keysThatMayDiffer(hundred, map)).toBeNull()
})
