/**
 * The schemas of the charts as the tests look at them: whole, and each schema within.
 */
import { readFileSync } from 'node:fs'

export interface Schema {
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

export const charts = ['tandem', 'tandem-routes'] as const

/** A file of the charts, by its path below `charts/`. */
export function chartFile(path: string): string {
  return readFileSync(new URL(`../../charts/${path}`, import.meta.url), 'utf8')
}

export function schemaOf(chart: string): Schema {
  return JSON.parse(chartFile(`${chart}/values.schema.json`)) as Schema
}

/** The schema itself, and every schema in it. */
export function within(schema: Schema): Schema[] {
  const { properties = {}, patternProperties = {}, additionalProperties, items, anyOf = [], propertyNames } = schema
  const others = [additionalProperties, items, propertyNames].filter((one) => typeof one === 'object')
  return [schema, ...[...Object.values(properties), ...Object.values(patternProperties), ...others, ...anyOf].flatMap(within)]
}

/** Each regular expression once. */
export function patternsOf(schema: Schema): string[] {
  const all = within(schema).flatMap(({ pattern, patternProperties = {} }) => [
    ...(pattern === undefined ? [] : [pattern]),
    ...Object.keys(patternProperties),
  ])
  return [...new Set(all)]
}
