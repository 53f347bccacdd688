/**
 * Reads a document of any configuration language: text in, a checked value or everything that is wrong with it out.
 *
 * Order: syntax, overrides, then schema, secrets and cross checks side by side, so that one run reports all of them.
 * Invariants: it never throws, whatever the text; a refused text yields at least one error; nothing that it is given is changed.
 */
import { dirname, resolve } from 'node:path'
import type * as z from 'zod/mini'
import { type ConfigError, type Finding, inReadingOrder, type Locate, placed } from './config-error.ts'
import { readDocument } from './document.ts'
import { explain, type KnownWords } from './explain.ts'
import { applyOverrides, locateOverridden, type Override, type Texts } from './overrides.ts'
import { pathId } from './path.ts'
import { fillSecrets, readSecrets, type SecretSources } from './secrets.ts'

export interface ConfigSource {
  /** For messages; relative paths in the document start from its folder. */
  readonly file: string
  readonly text: string
}

/** What the cross checks have found. */
export interface References {
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

export interface Language<S extends z.ZodMiniType> {
  readonly schema: S
  /** What each value is worth beside the others; it sees the document as it was written, schema kept or not. */
  readonly check?: (root: unknown) => References
  /** Words that are refused with a sentence of their own. */
  readonly words?: KnownWords
}

export interface LoadedDocument<T> {
  readonly ok: true
  /** Fresh; secrets filled in. */
  readonly value: T
  /** As parsed, with its placeholders; shared with nobody, but not to be changed. */
  readonly unfilled: T
  /** As it was written, overrides included, before defaults. */
  readonly root: unknown
  /** Where its secrets came from. */
  readonly sources: SecretSources
  readonly locate: Locate
  readonly warnings: readonly ConfigError[]
}

export interface RefusedDocument {
  readonly ok: false
  /** All of them, in reading order; never empty. */
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
}

/** @param overrides flags and variables. @param env for `${env:NAME}`. */
export function loadDocument<S extends z.ZodMiniType>(
  language: Language<S>,
  source: ConfigSource,
  overrides: readonly Override[] = [],
  env: Texts = process.env,
): LoadedDocument<z.output<S>> | RefusedDocument {
  const document = readDocument(source.file, source.text)
  if (document.errors.length > 0) return { ok: false, errors: inReadingOrder(document.errors), warnings: [] }
  const root = applyOverrides(document.value, overrides)
  const locate = locateOverridden(document.locate, document.value, overrides)
  return check(language, root, locate, { env, folder: dirname(resolve(source.file)) })
}

function check<S extends z.ZodMiniType>(
  { schema, check: crossCheck, words }: Language<S>,
  root: unknown,
  locate: Locate,
  sources: SecretSources,
): LoadedDocument<z.output<S>> | RefusedDocument {
  const parsed = schema.safeParse(root)
  const secrets = readSecrets(root, schema, sources)
  const references = crossCheck?.(root) ?? { errors: [], warnings: [] }
  const broken = parsed.success ? [] : explain(parsed.error.issues, schema, root, words)
  const warnings = positions(references.warnings, locate)
  const findings = firstOfEach([secrets.errors, broken, references.errors])
  if (!parsed.success || findings.length > 0) return { ok: false, errors: positions(findings, locate), warnings }
  // zod hands out one and the same object for a default every time.
  const value = structuredClone(parsed.data)
  fillSecrets(value as object, secrets)
  return { ok: true, value, unfilled: parsed.data, root, sources, locate, warnings }
}

export function positions(findings: readonly Finding[], locate: Locate): ConfigError[] {
  return inReadingOrder(findings.map((finding) => placed(finding, locate)))
}

/** Where one kind of check has refused a value, the later ones say nothing more of it. */
export function firstOfEach(kinds: readonly (readonly Finding[])[]): Finding[] {
  const said = new Set<string>()
  return kinds.flatMap((findings) => {
    const fresh = findings.filter((finding) => !said.has(pathId(finding.path)))
    for (const finding of fresh) said.add(pathId(finding.path))
    return fresh
  })
}
