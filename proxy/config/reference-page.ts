/**
 * The reference page: every key of the configuration with its type, default and meaning, taken from the schema.
 */
import * as z from 'zod/mini'
import { expectation } from './expectation.ts'
import { keyOf, overrideFlags, overrideVariables, variableOf } from './overrides.ts'
import { formatPath } from './path.ts'
import { config } from './schema/config.ts'
import { fieldsOf, internalsOf, isRequired, noteOn, optionsOf, type Schema, unwrapped } from './schema-walk.ts'
import { unsupportedWords } from './unsupported.ts'

interface Section {
  readonly title: string
  readonly meaning: string
  readonly fields: Readonly<Record<string, Schema>>
  /** One key at a time. */
  readonly alternatives: boolean
}

export function referencePage(): string {
  const sections = merged(sectionsOf(config, '', ''))
  return [preface, ...sections.map(formatSection), formatOverrides(), formatUnsupported()].join('\n\n') + '\n'
}

const preface = `# Configuration reference

<!-- Generated from the schema by \`npm run schema\`. Change proxy/config/schema/, not this page. -->

Every key, its type, its default and what it means. \`[]\` stands for an item of a list, \`NAME\` for a name that you choose.
Durations are written \`250ms\`, \`2s\`, \`1m\`; sizes \`64KiB\`, \`1MiB\`; percentages as plain numbers. A file is YAML or JSON; unknown keys are errors.
\`\${env:NAME}\` and \`\${file:PATH}\` fill in secrets in header values and TLS credentials, and nowhere else.`

/** The object itself, then those within it, in the order of the schema. */
function sectionsOf(schema: Schema, title: string, meaning: string): Section[] {
  return objectsWithin(schema, title).flatMap(({ object, at }) => {
    const fields = fieldsOf(object) ?? {}
    const inner = Object.entries(fields).flatMap(([key, field]) => sectionsOf(field, at === '' ? key : `${at}.${key}`, meaningOf(field)))
    return [{ title: at, meaning, fields, alternatives: false }, ...inner]
  })
}

/** The options of a union share a section: each of its keys stands alone. */
function merged(sections: readonly Section[]): Section[] {
  const byTitle = new Map<string, Section>()
  for (const section of sections) {
    const earlier = byTitle.get(section.title)
    const fields = earlier === undefined ? section.fields : { ...earlier.fields, ...section.fields }
    byTitle.set(section.title, { ...section, fields, alternatives: earlier !== undefined })
  }
  return [...byTitle.values()]
}

/** The object schemas that a value may be made of: itself, the items of a list, the values by name, the options of a union. */
function objectsWithin(schema: Schema, at: string): { object: Schema; at: string }[] {
  const found = optionsOf(schema).flatMap((option) => {
    const { def } = internalsOf(unwrapped(option))
    if (def.type === 'array') return objectsWithin(def.element, `${at}[]`)
    if (def.type === 'record') return objectsWithin(def.valueType, `${at}.NAME`)
    return def.type === 'object' ? [{ object: option, at }] : []
  })
  const single = new Map(found.map((one) => [one.object, one]))
  return sameFields([...single.values()])
}

/** A key that takes one object or a list of such is described once, as a list. */
function sameFields(found: readonly { object: Schema; at: string }[]): { object: Schema; at: string }[] {
  return found.filter((one, index) => !found.some((other, later) => later > index && fieldsOf(other.object) === fieldsOf(one.object)))
}

function meaningOf(schema: Schema): string {
  return noteOn(schema, (wrapped) => z.globalRegistry.get(wrapped)?.description) ?? ''
}

function formatSection({ title, meaning, fields, alternatives }: Section): string {
  const rows = Object.entries(fields).map(([key, field]) =>
    row([`\`${key}\``, typeOf(field), alternatives ? 'one of them' : defaultOf(field), meaningOf(field)]),
  )
  const heading = title === '' ? '## Top level' : `## \`${title}\``
  return [
    heading,
    ...(meaning === '' ? [] : ['', meaning]),
    '',
    row(['Key', 'Type', 'Default', 'Meaning']),
    row(['---', '---', '---', '---']),
    ...rows,
  ].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function typeOf(schema: Schema): string {
  const { def } = internalsOf(unwrapped(schema))
  if (def.type === 'record') return `an object: ${expectation(def.keyType)} to ${typeOf(def.valueType)}`
  if (def.type !== 'array') return expectation(schema)
  return fieldsOf(def.element) === undefined ? `a list, each ${expectation(def.element)}` : 'a list of objects'
}

/** As it would be written in a file. What an object defaults to is said at its own keys. */
function defaultOf(schema: Schema): string {
  const value = writtenDefault(schema)
  if (value === undefined) return isRequired(schema) ? '**required**' : ''
  return fieldsOf(schema) === undefined ? `\`${JSON.stringify(value)}\`` : ''
}

/** @returns undefined where there is no default. */
export function writtenDefault(schema: Schema): unknown {
  const { def } = internalsOf(schema)
  return def.type === 'default' ? z.encode(def.innerType, def.defaultValue) : undefined
}

function formatOverrides(): string {
  const rows = overrideFlags.map((flag) => row([`\`--${flag}\``, `\`${variableOf(flag)}\``, `\`${formatPath(keyOf(flag))}\``]))
  const variables = overrideVariables.map(([variable, key]) => row(['', `\`${variable}\``, `\`${formatPath(key)}\``]))
  return [
    '## Flags and variables',
    '',
    'A flag goes before its variable, and that before the file.',
    '',
    row(['Flag', 'Variable', 'Key']),
    row(['---', '---', '---']),
    ...rows,
    ...variables,
  ].join('\n')
}

function formatUnsupported(): string {
  const words = unsupportedWords().map((word) => `- \`${word}\``)
  return ['## Not supported yet', '', 'These words of the language are refused by this version, never ignored:', '', ...words].join('\n')
}
