/**
 * The schemas that Helm checks values with: fresh, complete, and in the words that Helm understands.
 */
import { readFileSync } from 'node:fs'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { chartValuesJsonSchema } from '../../proxy/config/chart-schema.ts'

interface Schema {
  readonly $schema?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly propertyNames?: Schema
}

const read = (path: string) => readFileSync(new URL(`../../charts/${path}`, import.meta.url), 'utf8')
const schemaOf = (chart: string) => JSON.parse(read(`${chart}/values.schema.json`)) as Schema
const charts = ['tandem', 'tandem-routes']

function within(schema: Schema): Schema[] {
  const { properties = {}, patternProperties = {}, additionalProperties, items, anyOf = [], propertyNames } = schema
  const others = [additionalProperties, items, propertyNames].filter((one) => typeof one === 'object')
  return [schema, ...[...Object.values(properties), ...Object.values(patternProperties), ...others, ...anyOf].flatMap(within)]
}

function patternsOf(schema: Schema): string[] {
  return within(schema).flatMap(({ pattern, patternProperties = {} }) => [
    ...(pattern === undefined ? [] : [pattern]),
    ...Object.keys(patternProperties),
  ])
}

/** Paths of what the values file says, down to where the schema takes any name. */
function keysOf(values: unknown, schema: Schema, path = ''): string[] {
  const known = schema.properties
  if (known === undefined || typeof values !== 'object' || values === null) return []
  return Object.entries(values).flatMap(([key, value]) => [`${path}.${key}`, ...keysOf(value, known[key] ?? {}, `${path}.${key}`)])
}

function keysIn(schema: Schema, path = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => [`${path}.${key}`, ...keysIn(child, `${path}.${key}`)])
}

describe.each(charts)('%s', (chart) => {
  test('has a schema in the draft that Helm 4 reads', () => {
    expect(schemaOf(chart).$schema).toBe('https://json-schema.org/draft/2020-12/schema')
  })

  test('describes every key', () => {
    const bare = within(schemaOf(chart)).flatMap(({ properties = {} }) =>
      Object.entries(properties).flatMap(([key, { description }]) => (description === undefined || description === '' ? [key] : [])),
    )
    expect(bare).toEqual([])
  })

  test('has only regular expressions that Go has too', () => {
    const patterns = patternsOf(schemaOf(chart))
    expect(patterns.length).toBeGreaterThan(5)
    for (const pattern of patterns) expect(() => RE2JS.compile(pattern)).not.toThrow()
  })

  test('never checks names where Helm would report the wrong place', () => {
    expect(within(schemaOf(chart)).filter(({ propertyNames }) => propertyNames !== undefined)).toEqual([])
  })
})

test('the schema of tandem-routes stands as it is generated now', () => {
  expect(read('tandem-routes/values.schema.json')).toBe(`${JSON.stringify(chartValuesJsonSchema(), null, 2)}\n`)
})

test('the values of tandem name every key, and no other', () => {
  const schema = schemaOf('tandem')
  const inSchema = keysIn(schema).filter((key) => key !== '.global' && key !== '.resources.claims')
  expect(keysOf(parse(read('tandem/values.yaml')), schema).toSorted()).toEqual(inSchema.toSorted())
})

test('the values of tandem-routes name every kind of routing', () => {
  const values = parse(read('tandem-routes/values.yaml')) as object
  expect(Object.keys(values).toSorted()).toEqual(
    Object.keys(schemaOf('tandem-routes').properties ?? {})
      .filter((key) => key !== 'global')
      .toSorted(),
  )
})

test('a SPIFFE id is checked without what Go cannot read', () => {
  const upstreams = schemaOf('tandem-routes').properties?.['upstreams']
  const [upstream] = Object.values(upstreams?.patternProperties ?? {})
  const identity = RE2JS.compile(upstream?.properties?.['identity']?.pattern ?? '')
  expect(identity.matches('spiffe://mesh.local/ns/shop/sa/inventory')).toBe(true)
  expect(identity.matches('https://mesh.local/ns/shop')).toBe(false)
})
