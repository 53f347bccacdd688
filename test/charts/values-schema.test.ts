/**
 * The schemas that Helm checks values with: fresh and complete. Whether Helm reads them as we do: go-validator.test.ts.
 */
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { chartValuesJsonSchema } from '../../proxy/config/chart-schema.ts'
import { chartFile, charts, type Schema, schemaOf, within } from './json-schema.ts'

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

  test('never checks names where Helm would report the wrong place', () => {
    expect(within(schemaOf(chart)).filter(({ propertyNames }) => propertyNames !== undefined)).toEqual([])
  })
})

test('the schema of tandem-routes stands as it is generated now', () => {
  expect(chartFile('tandem-routes/values.schema.json')).toBe(`${JSON.stringify(chartValuesJsonSchema(), null, 2)}\n`)
})

test('the values of tandem name every key, and no other', () => {
  const schema = schemaOf('tandem')
  const inSchema = keysIn(schema).filter((key) => key !== '.global' && key !== '.resources.claims')
  expect(keysOf(parse(chartFile('tandem/values.yaml')), schema).toSorted()).toEqual(inSchema.toSorted())
})

test('the values of tandem-routes name every kind of routing', () => {
  const values = parse(chartFile('tandem-routes/values.yaml')) as object
  expect(Object.keys(values).toSorted()).toEqual(
    Object.keys(schemaOf('tandem-routes').properties ?? {})
      .filter((key) => key !== 'global')
      .toSorted(),
  )
})
