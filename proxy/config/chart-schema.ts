/**
 * The values of the chart tandem-routes: a routing file, and what the chart itself wants to know.
 * Helm checks them with the JSON Schema that is generated from this (charts/tandem-routes/values.schema.json).
 *
 * What two values mean to each other is checked where the routing arrives; a schema cannot say it.
 */
import * as z from 'zod/mini'
import { writtenSchema } from './json-schema.ts'
import { listener } from './schema/listener.ts'
import { route } from './schema/route.ts'
import { name } from './schema/scalars.ts'
import { selector } from './schema/selector.ts'
import { upstream } from './schema/upstream.ts'

const whom = {
  for: z.optional(selector).check(z.meta({ description: 'Whom it is for; with a `for` above it, both have to fit.', minProperties: 1 })),
}

const texts = z.record(z.string(), z.string())

/** A name of Kubernetes' own; empty for the default. */
const objectName = z.string().check(z.regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/), z.maxLength(253))

const configMap = z.strictObject({
  name: z.optional(objectName).check(z.describe('Its name. Default: that of the release.')),
  labels: z.optional(texts).check(z.describe('Further labels of it.')),
  annotations: z.optional(texts).check(z.describe('Annotations of it.')),
})

const chartValues = z.strictObject({
  global: z.optional(z.record(z.string(), z.unknown())).check(z.describe('What Helm gives to every chart of a release; not read.')),
  for: z.optional(selector).check(z.describe('Whom all of it is for. Default: everybody.')),
  upstreams: z._default(z.record(name, z.extend(upstream, whom)), {}).check(z.describe('The destinations, by name.')),
  routes: z._default(z.array(z.extend(route, whom)), []).check(z.describe('Which calls go where. Their order does not matter.')),
  listeners: z
    ._default(z.array(z.extend(listener, whom)), [])
    .check(z.describe('Local ports for the apps, beside those that a sidecar has of its own.')),
  configMap: z.optional(configMap).check(z.describe('The ConfigMap that carries it to the control plane.')),
})

/** JSON Schema (draft 2020-12) as Helm 4 can use it. */
export function chartValuesJsonSchema(): object {
  const schema = { ...writtenSchema(chartValues), title: 'Values of the chart tandem-routes' }
  return JSON.parse(JSON.stringify(schema, forHelm)) as object
}

interface MapSchema {
  readonly propertyNames: { readonly pattern?: string }
  readonly additionalProperties: unknown
}

function forHelm(_key: string, value: unknown): unknown {
  return isMapSchema(value) ? withNamePattern(value) : value
}

function isMapSchema(value: unknown): value is MapSchema {
  return typeof value === 'object' && value !== null && 'propertyNames' in value && 'additionalProperties' in value
}

/** Helm reports a wrong name at whatever place it looked at last; what it says of unknown properties has the right one. */
function withNamePattern({ propertyNames: { pattern }, additionalProperties, ...rest }: MapSchema): object {
  if (pattern === undefined) return { ...rest, additionalProperties }
  return { ...rest, patternProperties: { [pattern]: additionalProperties }, additionalProperties: false }
}
