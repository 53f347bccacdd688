/**
 * Reads the zod schema as data: which schema stands at a path of the document, and what lies under its wrappers.
 */
import * as z from 'zod/mini'
import type { Path } from './path.ts'

export type Schema = z.core.$ZodType
type KnownSchema = z.core.$ZodTypes

/** What zod knows of a schema. The one place that touches zod's internals. */
export function internalsOf(schema: Schema): KnownSchema['_zod'] {
  const { _zod: internals } = schema as KnownSchema
  return internals
}

/** What is checked of a value beside its type. */
export function checksOf(schema: Schema): z.core.$ZodChecks['_zod']['def'][] {
  return (internalsOf(schema).def.checks ?? []).map((check) => {
    const { _zod: internals } = check as z.core.$ZodChecks
    return internals.def
  })
}

/** The schema under `optional` or a default; of a codec, the side that is written in files. */
function innerOf(schema: Schema): Schema | undefined {
  const { def } = internalsOf(schema)
  if (def.type === 'optional' || def.type === 'default') return def.innerType
  return def.type === 'pipe' ? def.in : undefined
}

/** The schema under all wrappers. */
export function unwrapped(schema: Schema): Schema {
  const inner = innerOf(schema)
  return inner === undefined ? schema : unwrapped(inner)
}

/** What `look` finds on the schema or, failing that, on what it wraps. */
export function noteOn<T>(schema: Schema, look: (schema: Schema) => T | undefined): T | undefined {
  const inner = innerOf(schema)
  return look(schema) ?? (inner === undefined ? undefined : noteOn(inner, look))
}

export function titleOf(schema: Schema): string | undefined {
  return noteOn(schema, (wrapped) => z.globalRegistry.get(wrapped)?.title)
}

/** The fields of an object schema, undefined for any other. */
export function fieldsOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const { def } = internalsOf(unwrapped(schema))
  return def.type === 'object' ? def.shape : undefined
}

export function optionsOf(schema: Schema): readonly Schema[] {
  const { def } = internalsOf(unwrapped(schema))
  return def.type === 'union' ? def.options.flatMap(optionsOf) : [schema]
}

export function isRequired(schema: Schema): boolean {
  const { def } = internalsOf(schema)
  return def.type !== 'optional' && def.type !== 'default'
}

/** The schemas that a value at this path may have: several where a union leads on in more than one of its options. */
export function schemasAt(root: Schema, path: Path): Schema[] {
  let schemas: Schema[] = [root]
  for (const key of path) schemas = schemas.flatMap((schema) => step(schema, key))
  return schemas
}

function step(schema: Schema, key: string | number): Schema[] {
  const { def } = internalsOf(unwrapped(schema))
  if (def.type === 'union') return def.options.flatMap((option) => step(option, key))
  if (def.type === 'array') return typeof key === 'number' ? [def.element] : []
  if (typeof key === 'number') return []
  if (def.type === 'record') return [def.valueType]
  if (def.type !== 'object' || !Object.hasOwn(def.shape, key)) return []
  const field = def.shape[key]
  return field === undefined ? [] : [field]
}
