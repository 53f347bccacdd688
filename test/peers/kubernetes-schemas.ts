/**
 * Makes of Kubernetes' OpenAPI document what kubeconform checks manifests with: one self-contained JSON Schema a kind.
 *
 * Strict: a field that the API does not know is an error. Usage: kubernetes-schemas.ts SWAGGER.json FOLDER
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Definition {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Definition>>
  readonly additionalProperties?: Definition | boolean
  readonly items?: Definition
  readonly 'x-kubernetes-group-version-kind'?: readonly Kind[]
}

interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

type Definitions = Readonly<Record<string, Definition>>
type Schema = Readonly<Record<string, unknown>>

/** @param within the definitions around it; one that contains itself is not followed any further. */
function schemaOf(definition: Definition, all: Definitions, within: ReadonlySet<string> = new Set()): Schema {
  // The document says text; the API takes a number too.
  if (definition.$ref?.endsWith('.Quantity') === true) return { type: ['string', 'number'] }
  if (definition.$ref !== undefined) return referred(definition.$ref, all, within)
  if (definition.format === 'int-or-string') return { type: ['integer', 'string'] }
  const inner = (child: Definition) => schemaOf(child, all, within)
  const { type, items, additionalProperties: values } = definition
  return {
    ...(type === undefined ? {} : { type }),
    ...(definition.enum === undefined ? {} : { enum: definition.enum }),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(typeof values === 'object' ? { additionalProperties: inner(values) } : {}),
    ...(definition.properties === undefined ? {} : fields(definition.properties, definition.required ?? [], inner)),
  }
}

function referred(reference: string, all: Definitions, within: ReadonlySet<string>): Schema {
  const name = reference.slice(reference.lastIndexOf('/') + 1)
  const definition = all[name]
  if (definition === undefined || within.has(name)) return {}
  return schemaOf(definition, all, new Set([...within, name]))
}

function fields(properties: Definitions, required: readonly string[], inner: (child: Definition) => Schema): Schema {
  const entries = Object.entries(properties).map(([name, child]): [string, Schema] => {
    const schema = inner(child)
    return [name, required.includes(name) ? schema : { anyOf: [schema, { type: 'null' }] }]
  })
  return { properties: Object.fromEntries(entries), required, additionalProperties: false }
}

/** Kinds that stand in manifests, not those that only the API's own calls have. */
function kindsOf(definition: Definition): readonly Kind[] {
  return (definition['x-kubernetes-group-version-kind'] ?? []).filter(({ kind }) => !/(Options|WatchEvent|List)$/.test(kind))
}

/** As kubeconform asks for it: `{{ .ResourceKind }}{{ .KindSuffix }}.json`. */
function fileName({ group, version, kind }: Kind): string {
  const [family = ''] = group.split('.')
  return `${[kind.toLowerCase(), family, version].filter((part) => part !== '').join('-')}.json`
}

function forKind({ group, version, kind }: Kind, definition: Definition, all: Definitions): Schema {
  const schema = schemaOf(definition, all) as { properties?: Schema; required?: readonly string[] }
  const apiVersion = group === '' ? version : `${group}/${version}`
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...schema,
    properties: { ...schema.properties, apiVersion: { const: apiVersion }, kind: { const: kind } },
    required: [...(schema.required ?? []), 'apiVersion', 'kind'],
  }
}

function run(swagger: string, folder: string): void {
  const { definitions } = JSON.parse(readFileSync(swagger, 'utf8')) as { definitions: Definitions }
  mkdirSync(folder, { recursive: true })
  for (const definition of Object.values(definitions))
    for (const kind of kindsOf(definition))
      writeFileSync(join(folder, fileName(kind)), JSON.stringify(forKind(kind, definition, definitions)))
}

const [swagger, folder] = process.argv.slice(2)
if (swagger === undefined || folder === undefined) {
  process.stderr.write('usage: kubernetes-schemas.ts SWAGGER.json FOLDER\n')
  process.exitCode = 2
} else run(swagger, folder)
