import { expect, test } from 'vitest'
import { JsonCursor } from '../../../../proxy/config/push/json-cursor.ts'
import { SeededRandom } from '../../../harness/seeded-random.ts'

/** The whole text, objects member by member as deep as `depth`. */
function read(text: string, depth: number): unknown {
  const cursor = new JsonCursor(text)
  const value = readValue(cursor, depth)
  cursor.end()
  return value
}

function readValue(cursor: JsonCursor, depth: number): unknown {
  if (depth === 0 || !cursor.isAtObject) return cursor.value()
  const members: [string, unknown][] = []
  for (let key = cursor.key(true); key !== null; key = cursor.key(false)) members.push([key, readValue(cursor, depth - 1)])
  return Object.fromEntries(members)
}

/** As text, so that what is no JSON can be compared too. */
function outcomeOf(parse: () => unknown): string {
  try {
    return JSON.stringify(parse()) ?? 'nothing'
  } catch (error) {
    return error instanceof SyntaxError ? 'no JSON' : String(error)
  }
}

const strings = ['', 'a', 'name', '"', '\\"', 'é', '🦊', '{', '}', '[1,', ':', '\u0001', 'a\nb', '__proto__', 'x"y\\z', '\\\\', '\\']
/** Without those of backslashes only: JSON.parse of Node 26.10 takes what follows such a key for the same key. */
const keys = strings.slice(0, -2)
const scalars = [0, -1.5e-7, 12, true, false, null]

function randomValue(random: SeededRandom, depth: number): unknown {
  const size = random.below(4)
  if (depth > 0 && random.chance(45))
    return Object.fromEntries(Array.from({ length: size }, () => [random.pick(keys), randomValue(random, depth - 1)]))
  if (depth > 0 && random.chance(35)) return Array.from({ length: size }, () => randomValue(random, depth - 1))
  return random.pick([...strings, ...scalars])
}

const odd = ['{', '}', '[', ']', ',', ':', '"', '\\', ' ', '\t', '\n', '\r', '\u00a0', '0', '-', 'e', 't', '\u0000']

function mutated(text: string, random: SeededRandom): string {
  const at = random.below(text.length + 1)
  const rest = random.chance(60) ? at + 1 : at
  return text.slice(0, at) + (random.chance(60) ? random.pick(odd) : '') + text.slice(rest)
}

test('every text is read as JSON.parse reads it, or refused as it is refused there', () => {
  const random = new SeededRandom(5)
  let refused = 0
  for (let round = 0; round < 20_000; round++) {
    let text = JSON.stringify(randomValue(random, 4), null, random.below(3))
    for (let edits = random.below(3); edits > 0; edits--) text = mutated(text, random)
    const expected = outcomeOf(() => JSON.parse(text))
    expect({ text, outcome: outcomeOf(() => read(text, random.below(4))) }).toEqual({ text, outcome: expected })
    if (expected === 'no JSON') refused++
  }
  expect(refused).toBeGreaterThan(2_000)
})

test.each([
  '',
  ' ',
  '{',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '{,}',
  '{"a" 1}',
  '{"a":1 "b":2}',
  '{a:1}',
  '{"a":1}x',
  '{"a":"\\"}',
])('is no JSON: %s', (text) => {
  expect(() => read(text, 3)).toThrow(SyntaxError)
})

test('of a key that stands there twice the last one counts', () => {
  expect(read('{"a":{"b":1},"a":{"b":2}}', 3)).toEqual({ a: { b: 2 } })
})

test('nesting without end is read', () => {
  expect(outcomeOf(() => read(`{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 1))).toHaveLength(10_006)
})
