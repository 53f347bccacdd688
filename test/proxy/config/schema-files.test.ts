import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { referencePage } from '../../../proxy/config/reference-page.ts'
import { configJsonSchema } from '../../../proxy/config/schema-files.ts'

interface Node {
  readonly description?: string
  readonly default?: unknown
  readonly type?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly additionalProperties?: Node | boolean
}

function eachProperty(node: Node, path: string, visit: (path: string, property: Node) => void): void {
  for (const [key, property] of Object.entries(node.properties ?? {})) {
    visit(`${path}.${key}`, property)
    eachProperty(property, `${path}.${key}`, visit)
  }
  for (const option of node.anyOf ?? []) eachProperty(option, path, visit)
  if (node.items !== undefined) eachProperty(node.items, `${path}[]`, visit)
  if (typeof node.additionalProperties === 'object') eachProperty(node.additionalProperties, `${path}.NAME`, visit)
}

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

describe('what is generated from the schema', () => {
  const schema = configJsonSchema() as Node

  test('describes every key', () => {
    const bare: string[] = []
    eachProperty(schema, '', (path, property) => void (property.description ?? bare.push(path)))
    expect(bare).toEqual([])
  })

  test('gives defaults as they are written in a file', () => {
    const defaults = new Map<string, unknown>()
    eachProperty(schema, '', (path, property) => void defaults.set(path, property.default))
    expect(defaults.get('.drain.timeout')).toBe('30s')
    expect(defaults.get('.upstreams.NAME.timeout.connect')).toBe('1s')
    expect(defaults.get('.upstreams.NAME.timeout')).toEqual({ connect: '1s', request: '15s', idle: '1m' })
    expect(defaults.get('.routes[].mirror[].bodyLimit')).toBe('1MiB')
  })

  test('refuses keys that are not there', () => {
    expect(schema.additionalProperties).toBe(false)
    expect(schema.properties?.['drain']?.additionalProperties).toBe(false)
  })

  test('stands in docs/ as it is generated now', () => {
    expect(page('tandem.schema.json')).toBe(`${JSON.stringify(schema, null, 2)}\n`)
    expect(page('reference.md')).toBe(referencePage())
  })
})
