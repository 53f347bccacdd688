import { describe, expect, test } from 'vitest'
import { readDocument } from '../../../proxy/config/document.ts'
import { loadConfig } from '../../../proxy/config/load.ts'
import { errorsOf } from './loading.ts'

const lines = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, index) => line(index)).join('\n')

/** Nine references to the one before, ten times over: 3.4 billion values. */
const billionLaughs = `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${lines(10, (i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(', ')}]`)}\n`

describe('hostile texts', () => {
  test.each<[string, string, string]>([
    ['a billion laughs', billionLaughs, 'aliases make too many values'],
    ['an alias to itself', 'node: &n { labels: *n }', 'nested more than 64 levels deep'],
    ['an alias to nothing', 'node: *nobody', 'no value above is marked `&nobody`'],
    ['lists in lists', '['.repeat(20_000), 'nested too deeply'],
    ['lists in lists, closed', '['.repeat(20_000) + ']'.repeat(20_000), 'nested too deeply'],
    ['objects in objects', 'a: '.concat('{a: '.repeat(100), '1', '}'.repeat(100)), 'nested more than 64 levels deep'],
    ['a staircase', lines(3_000, (i) => `${' '.repeat(i)}a:`), 'nested too deeply'],
    ['a tab for indentation', 'node:\n\tid: x', 'found a tab, expected spaces for indentation'],
    ['a key twice', 'node: {}\nnode: {}', 'the same key stands here twice'],
    ['a key twice in two spellings', 'node: { labels: { 1: a, "1": b } }', 'the same key stands here twice'],
    ['two documents', 'node: {}\n---\nnode: {}', 'found a second document (`---`), expected one'],
    ['a list as a key', 'node: { labels: { [a]: b } }', 'found a list or an object as a key, expected a text'],
    ['a tag of another program', 'node: { id: !env NODE }', 'Unresolved tag: !env'],
    ['binary', 'node: { id: !!binary aGk= }', 'this kind of value is not allowed'],
    ['a prototype', '__proto__: { polluted: true }', 'this key is not allowed'],
    ['a prototype within', 'node: { labels: { __proto__: x } }', 'this key is not allowed'],
    ['a merge key', 'a: &a { id: x }\nnode: { <<: *a }', 'unknown key, expected one of id, workload, namespace, labels'],
    ['an unclosed bracket', 'node: { id: x', 'Flow map in block collection must be sufficiently indented and end with a }'],
    ['infinity', 'tracing: { sample: .inf }', 'found the number Infinity, expected a percentage from 0 to 100'],
    ['no number', 'tracing: { sample: .nan }', 'found the number NaN, expected a percentage from 0 to 100'],
    ['a huge number', 'tracing: { sample: 1e999 }', 'found the number Infinity, expected a percentage from 0 to 100'],
    [
      'a huge duration',
      `drain: { timeout: ${'9'.repeat(400)}s }`,
      `found "${'9'.repeat(60)}...", expected a duration such as 250ms, 2s or 1m`,
    ],
    ['NUL bytes', 'node: { id: x }\n\0\0\0', 'Implicit map keys need to be followed by map values'],
    ['bytes that are no text', '\u0001\ufffd\u0002\u0003', 'found "\\u0001\ufffd\\u0002\\u0003", expected an object'],
    ['YAML 1.1', '%YAML 1.1\n---\nnode: { id: 2026-01-01 }', 'this kind of value is not allowed'],
  ])('%s is refused with a position', (_, text, message) => {
    const result = loadConfig({ file: 'f', text }, [], {})
    if (result.ok) throw new Error('accepted')
    expect(result.errors.map((error) => error.message)).toContain(message)
    for (const error of result.errors) expect(Math.min(error.line, error.column)).toBeGreaterThan(0)
    expect(result.errors.length).toBeLessThan(50)
    expect({}).not.toHaveProperty('polluted')
  })

  test('what every object inherits is no key of the schema', () => {
    expect(errorsOf('constructor: 1\ntoString: 2\n')).toHaveLength(2)
  })
})

describe('harmless texts', () => {
  test.each([
    ['a byte order mark', '\ufeffnode: { id: x }'],
    ['line ends of Windows', 'node:\r\n  id: x\r\n'],
    ['JSON with tabs', '{\n\t"node": {\n\t\t"id": "x"\n\t}\n}'],
    ['an anchor', 'node: &n { id: &i x }'],
    ['a document mark', '---\nnode: { id: x }\n...\n'],
  ])('%s does no harm', (_, text) => {
    expect(readDocument('f', text)).toMatchObject({ errors: [], value: { node: { id: 'x' } } })
  })

  test('positions count from 1, and do not count a byte order mark as a line', () => {
    expect(errorsOf('\r\n\r\nnode: { zebra: x }\r\n')).toEqual([
      '3:9: node.zebra: unknown key, expected one of id, workload, namespace, labels',
    ])
  })
})
