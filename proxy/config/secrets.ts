/**
 * `${env:NAME}` and `${file:PATH}`: secrets that stand elsewhere than in the configuration.
 *
 * They are filled in only where the schema allows them (header values and TLS credentials) and only in the configuration that is
 * served: what is shown keeps the placeholder. No message contains a value.
 */
import { resolve } from 'node:path'
import type { Finding } from './config-error.ts'
import { controlByte, hasControlByte } from './header-value.ts'
import { type Path, pathId } from './path.ts'
import { placeholders } from './schema/scalars.ts'
import { noteOn, type Schema, schemasAt } from './schema-walk.ts'
import { fileProblem, readSmallFile } from './small-file.ts'
import type { Texts } from './overrides.ts'

type PlaceholderUse = 'header value' | 'credential' | 'literal'

/** Where secrets come from. */
export interface SecretSources {
  readonly env: Texts
  /** Folder that relative paths start from. */
  readonly folder: string
}

export interface Secrets {
  /** The filled text of each value that has a placeholder, by `pathId`. */
  readonly values: ReadonlyMap<string, { readonly path: Path; readonly text: string }>
  readonly errors: readonly Finding[]
}

const placeholder = /\$\{(?:(env|file):([^{}]*)|[^}]*)\}?/g
const misplaced =
  'found `${`, which may only be used in header values (`headers.set`, `headers.add`, `respond.headers`) and credentials (such as `tls.key` and tokens)'
const reserved = /\$\{(?:env|file):/

/** @param sources null where it is not known what the secrets are: then only their syntax and their places are checked. */
export function readSecrets(document: unknown, schema: Schema, sources: SecretSources | null): Secrets {
  const values = new Map<string, { path: Path; text: string }>()
  const errors: Finding[] = []
  for (const { path, text } of textsWithPlaceholder(document, [])) {
    const problems: string[] = []
    const use = useAt(schema, path)
    if (use === 'header value' || use === 'credential') values.set(pathId(path), { path, text: fill(text, use, sources, problems) })
    else if (use === 'refused' || (use === 'literal' && reserved.test(text))) problems.push(misplaced)
    errors.push(...problems.map((message): Finding => ({ path, part: 'value', message })))
  }
  return { values, errors }
}

/** Puts the filled texts into a freshly parsed configuration, in place. */
export function fillSecrets(config: object, secrets: Secrets): void {
  for (const { path, text } of secrets.values.values()) setAt(config, path, text)
}

/** The same text with what its variables and files hold now; undefined where one of them cannot be had. */
export function filledAgain(text: string, sources: SecretSources): string | undefined {
  const problems: string[] = []
  const filled = fill(text, 'credential', sources, problems)
  return problems.length === 0 ? filled : undefined
}

/** Replaces a value that exists, in place. */
export function setAt(root: object, path: Path, value: unknown): void {
  let target = root as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) target = target[key] as Record<string | number, unknown>
  const last = path.at(-1)
  if (last !== undefined) target[last] = value
}

function textsWithPlaceholder(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return value.includes('${') ? [{ path, text: value }] : []
  if (Array.isArray(value)) return value.flatMap((item, index) => textsWithPlaceholder(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => textsWithPlaceholder(item, [...path, key]))
}

/** A key that the schema does not know is reported as such: nothing more needs to be said of its value. */
function useAt(schema: Schema, path: Path): PlaceholderUse | 'refused' | 'unknown' {
  const candidates = schemasAt(schema, path)
  if (candidates.length === 0) return 'unknown'
  return candidates.map(placeholderUse).find((use) => use !== undefined) ?? 'refused'
}

/** True where a text may be a secret, and is not repeated in a message. */
export function mayBeSecret(schema: Schema): boolean {
  const use = placeholderUse(schema)
  return use === 'header value' || use === 'credential'
}

/** What `${` means in a text with this schema; undefined where it may not stand. */
function placeholderUse(schema: Schema): PlaceholderUse | undefined {
  return noteOn(schema, (wrapped) => placeholders.get(wrapped)?.use)
}

function fill(text: string, use: PlaceholderUse, sources: SecretSources | null, problems: string[]): string {
  const filled = text.replaceAll(placeholder, (whole: string, kind: string | undefined, argument: string | undefined) => {
    if (kind === undefined || argument === undefined || argument === '' || !whole.endsWith('}')) {
      problems.push(`found \`${whole}\`, expected \`\${env:NAME}\` or \`\${file:PATH}\``)
      return ''
    }
    if (sources === null) return ''
    return kind === 'env' ? fromVariable(argument, sources, problems) : fromFile(argument, sources, problems)
  })
  if (use === 'header value' && !hasControlByte(text) && hasControlByte(filled)) problems.push(`the secret has ${controlByte}`)
  return filled
}

function fromVariable(name: string, { env }: SecretSources, problems: string[]): string {
  const value = env[name]
  if (value === undefined) problems.push(`the environment variable \`${name}\` is not set`)
  return value ?? ''
}

function fromFile(name: string, { folder }: SecretSources, problems: string[]): string {
  const path = resolve(folder, name)
  try {
    return readSmallFile(path).replace(/\r?\n$/, '')
  } catch (error) {
    problems.push(`cannot read the file ${path}: ${fileProblem(error)}`)
    return ''
  }
}
