import { expect, test } from 'vitest'
import { randomUuid, systemRandom } from '../../../proxy/runtime/random.ts'

test('a UUID is of version 4, and each is another', () => {
  const uuids = Array.from({ length: 2_000 }, randomUuid)
  for (const uuid of uuids) expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(uuids).size).toBe(uuids.length)
})

test('every free bit of a UUID is random', () => {
  const seen = Array.from({ length: 36 }, () => new Set<string>())
  for (let i = 0; i < 2_000; i++) for (const [place, digit] of Array.from(randomUuid()).entries()) seen[place]?.add(digit)
  const counts = seen.map((digits) => digits.size)
  const fixed = new Map([8, 13, 14, 18, 23].map((place) => [place, 1]))
  expect(counts).toEqual(counts.map((_, place) => fixed.get(place) ?? (place === 19 ? 4 : 16)))
})

test('hex has two digits a byte, and shares no bytes with the UUIDs beside it', () => {
  const texts = Array.from({ length: 500 }, () => [systemRandom.hex(16), randomUuid().replaceAll('-', '')]).flat()
  for (const text of texts) expect(text).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(texts.map((text) => text.slice(0, 12))).size).toBe(texts.length)
})
