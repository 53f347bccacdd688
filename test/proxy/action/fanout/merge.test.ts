import { describe, expect, it, test } from 'vitest'
import { embedBody } from '../../../../proxy/action/fanout/json-text.ts'
import { mergeObjects, mergeProblem } from '../../../../proxy/action/fanout/merge.ts'
import { SeededRandom } from '../../../harness/seeded-random.ts'

describe('merging', () => {
  it('lets later objects win, one level deep', () => {
    expect(mergeObjects(['{"a":{"x":1},"b":1}', '{"a":{"y":2},"c":3}'])).toBe('{"a":{"y":2},"b":1,"c":3}')
  })

  it('keeps numbers as they were written', () => {
    expect(mergeObjects(['{"id": 9007199254740993 , "price":1.10}', '{}'])).toBe('{"id":9007199254740993,"price":1.10}')
  })

  it('is not misled by brackets, commas and quotes within strings', () => {
    const tricky = { 'a"}': '},{"b":"', b: ['\\', ']', { c: '\\"' }], '': ':' }
    expect(JSON.parse(mergeObjects([JSON.stringify(tricky, null, 2)]))).toEqual(tricky)
  })

  it('takes __proto__ and names written with escapes as names', () => {
    expect(mergeObjects(['{"__proto__":1,"\\u0061":1}', '{"a":2}'])).toBe('{"__proto__":1,"a":2}')
  })

  it('agrees with Object.assign on random objects', () => {
    const random = new SeededRandom(7)
    for (let round = 0; round < 500; round++) {
      const objects = [randomObject(random), randomObject(random)]
      const merged: unknown = JSON.parse(mergeObjects(objects.map((object) => JSON.stringify(object, null, random.below(3)))))
      expect(merged).toEqual(Object.assign({}, ...objects))
    }
  })
})

/** No lone backslash: after a key of that name, JSON.parse of Node 26.10 reads other keys that begin with an escape as a backslash, too. */
const words = ['', 'a', 'b', '"', 'x\\', '{', '}]', ',', ':', 'é', '\u2028', '😀']

function randomValue(random: SeededRandom, depth: number): unknown {
  const kind = random.below(depth > 0 ? 6 : 4)
  if (kind === 4) return Array.from({ length: random.below(4) }, () => randomValue(random, depth - 1))
  if (kind === 5) return randomObject(random, depth - 1)
  return [null, true, random.float() * 1e6, random.pick(words) + random.pick(words)][kind]
}

function randomObject(random: SeededRandom, depth = 3): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: random.below(4) }, () => [random.pick(words), randomValue(random, depth)]))
}

test.each([
  ['{"a":1}', undefined],
  ['[1]', 'the answer is JSON, but no object'],
  ['null', 'the answer is JSON, but no object'],
  ['<html>', 'the answer is no JSON object: '],
  ['', 'the answer is no JSON object: '],
])('whether %j can be merged: %s', (text, problem) => {
  const found = mergeProblem(Buffer.from(text))
  expect(found?.slice(0, problem?.length)).toBe(problem)
})

test.each([
  ['{ "n": 9007199254740993 }', { json: '{ "n": 9007199254740993 }', base64: false }],
  [' 1\n', { json: '1', base64: false }],
  ['plain "text"', { json: '"plain \\"text\\""', base64: false }],
  ['', { json: '""', base64: false }],
  [Buffer.from([0xff, 0x00]), { json: '"/wA="', base64: true }],
])('the body %j stands in a document as %j', (body, expected) => {
  expect(embedBody(Buffer.from(body))).toEqual(expected)
})
