/**
 * What Helm makes of the schemas: its validator and its regular expressions are Go's, ours are JavaScript's, and both have to say the same.
 *
 * RE2JS is Go's regexp package in JavaScript, so it is the second reading here; test/peers/helm.test.ts asks Helm itself.
 */
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { spiffeId, spiffePattern } from '../../proxy/config/schema/scalars.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { charts, patternsOf, type Schema, schemaOf, within } from './json-schema.ts'

/** Draft 2020-12 words that a check can rest on in every validator: no `format`, no `$dynamicRef`, no `unevaluatedProperties`. */
const known = new Set(
  [
    ['$schema', 'title', 'description', 'default', 'type', 'enum', 'const', 'anyOf'],
    ['properties', 'patternProperties', 'additionalProperties', 'required', 'minProperties'],
    ['items', 'minItems', 'maxItems', 'uniqueItems'],
    ['pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ].flat(),
)

/**
 * What both read alike: plain groups, and a backslash only before punctuation. Left out on purpose: look-around and back-references
 * (Go has none), classes (`\s` is Unicode in JavaScript, ASCII in Go), `\u`, `\p` and flags (other words in Go).
 */
const portable = /^(?:[^\\()]|\\[^A-Za-z0-9]|\((?!\?)|\(\?:|\))*$/

/** Pieces of good values and of what is easily mistaken for them. */
const pieces = [
  ['spiffe://', 'mesh.local', '/', 'ns', 'sa', '.', '..', '...', '*', '_', '-', ':', '[', ']', '::1', '@', '%', '!', '~', '#'],
  ['127.0.0.1', '8080', '0', '10', '250', 'ms', 's', 'm', 'h', 'KiB', 'GiB', 'Gi', 'sha256:', 'a'.repeat(300), 'b1', 'Z'],
  [' ', '\n', '\t', '\u0000', '\u00a0', '\u2028', '\ufeff', 'é', 'ß', '٣', 'ſ', '\u212a', '😀'],
].flat()

function someText(random: SeededRandom): string {
  return Array.from({ length: random.below(9) }, () => random.pick(pieces)).join('')
}

describe.each(charts)('%s', (chart) => {
  const patterns = patternsOf(schemaOf(chart))

  test('says nothing that a validator may read otherwise or leave out', () => {
    const words = within(schemaOf(chart)).flatMap((schema) => Object.keys(schema))
    expect([...new Set(words)].filter((word) => !known.has(word))).toEqual([])
  })

  test('has only regular expressions that mean the same to Go', () => {
    expect(patterns.length).toBeGreaterThan(5)
    expect(patterns.filter((pattern) => !portable.test(pattern))).toEqual([])
  })

  test.each(patterns)('%s takes the same texts in both', (pattern) => {
    const [ours, theirs] = [new RegExp(pattern, 'u'), RE2JS.compile(pattern)]
    const random = new SeededRandom(1)
    for (let round = 0; round < 5_000; round++) {
      const text = someText(random)
      expect([text, theirs.matcher(text).find()]).toEqual([text, ours.test(text)])
    }
  })
})

test.each(['(?!a)b', '(?<=a)b', '(?<name>a)', '(a)\\1', '\\s', '\\d+', '\\p{L}', '\\u0041', '(?i)a'])('%s would be noticed', (pattern) => {
  expect(portable.test(pattern)).toBe(false)
})

describe('a SPIFFE id', () => {
  const alphabet = ['a', 'Z', '0', '.', '_', '-']

  /** Every text of up to five of these characters. */
  function segments(length = 5): string[] {
    if (length === 0) return ['']
    const shorter = segments(length - 1)
    return [...shorter, ...shorter.filter((text) => text.length === length - 1).flatMap((text) => alphabet.map((letter) => text + letter))]
  }

  const takes = (schema: typeof spiffeId, text: string) => schema.safeParse(text).success

  test('has every segment but `.` and `..`', () => {
    const refused = segments().filter((segment) => !takes(spiffeId, `spiffe://mesh.local/${segment}/x`))
    expect(refused).toEqual(['', '.', '..'])
    const last = segments().filter((segment) => !takes(spiffePattern, `spiffe://mesh.local/ns/${segment}`))
    expect(last).toEqual(['', '.', '..'])
  })

  test('is held to that by Helm too', () => {
    const upstreams = schemaOf('tandem-routes').properties?.['upstreams']
    const [upstream] = Object.values<Schema>(upstreams?.patternProperties ?? {})
    const identity = RE2JS.compile(upstream?.properties?.['identity']?.pattern ?? '')
    const refused = segments().filter((segment) => !identity.matches(`spiffe://mesh.local/${segment}/x`))
    expect(refused).toEqual(['', '.', '..'])
    expect(identity.matches('https://mesh.local/ns/shop')).toBe(false)
  })
})
