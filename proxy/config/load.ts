/**
 * Reads a configuration: text in, a checked configuration or everything that is wrong with it out.
 *
 * Order: syntax, overrides, schema and cross checks side by side (so that one run reports both), then secrets and credentials.
 * Invariants: it never throws, whatever the text; a refused text yields at least one error; nothing that it is given is changed.
 */
import { dirname, resolve } from 'node:path'
import { type ConfigError, type Finding, inReadingOrder, type Locate, placed } from './config-error.ts'
import { resolveCredentials } from './credentials.ts'
import { readDocument } from './document.ts'
import { explain } from './explain.ts'
import { applyOverrides, locateOverridden, type Override, type Texts } from './overrides.ts'
import { pathId } from './path.ts'
import { checkReferences } from './references.ts'
import { type Config, config as schema } from './schema/config.ts'
import { fillSecrets, readSecrets } from './secrets.ts'
import { shownConfig } from './shown.ts'

export { type ConfigError, formatConfigErrors } from './config-error.ts'

export interface ConfigSource {
  /** For messages; relative paths in the configuration start from its folder. */
  readonly file: string
  readonly text: string
}

export interface LoadedConfig {
  readonly ok: true
  readonly config: Config
  /** In the language of the file, defaults filled in, secrets redacted; for `GET /config`. */
  readonly shown: Readonly<Record<string, unknown>>
  readonly warnings: readonly ConfigError[]
}

export interface RefusedConfig {
  readonly ok: false
  /** All of them, in reading order; never empty. */
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
}

export type LoadResult = LoadedConfig | RefusedConfig

/** @param overrides from `readOverrides`. @param env for `${env:NAME}`. */
export function loadConfig(source: ConfigSource, overrides: readonly Override[] = [], env: Texts = process.env): LoadResult {
  const document = readDocument(source.file, source.text)
  if (document.errors.length > 0) return { ok: false, errors: inReadingOrder(document.errors), warnings: [] }
  const root = applyOverrides(document.value, overrides)
  const locate = locateOverridden(document.locate, document.value, overrides)
  return check(root, locate, { env, folder: dirname(resolve(source.file)) })
}

function check(root: unknown, locate: Locate, sources: { readonly env: Texts; readonly folder: string }): LoadResult {
  const parsed = schema.safeParse(root)
  const secrets = readSecrets(root, schema, sources)
  const references = checkReferences(root)
  const broken = parsed.success ? [] : explain(parsed.error.issues, schema, root)
  const warnings = positions(references.warnings, locate)
  const refuse = (found: readonly Finding[]): RefusedConfig => ({ ok: false, errors: positions(found, locate), warnings })
  const findings = firstOfEach([secrets.errors, broken, references.errors])
  if (!parsed.success || findings.length > 0) return refuse(findings)
  // zod hands out one and the same object for a default every time.
  const config = structuredClone(parsed.data)
  fillSecrets(config, secrets)
  const credentials = resolveCredentials(config, sources.folder)
  if (credentials.length > 0) return refuse(credentials)
  return { ok: true, config, shown: shownConfig(parsed.data), warnings }
}

function positions(findings: readonly Finding[], locate: Locate): ConfigError[] {
  return inReadingOrder(findings.map((finding) => placed(finding, locate)))
}

/** Where one kind of check has refused a value, the later ones say nothing more of it. */
function firstOfEach(kinds: readonly (readonly Finding[])[]): Finding[] {
  const said = new Set<string>()
  return kinds.flatMap((findings) => {
    const fresh = findings.filter((finding) => !said.has(pathId(finding.path)))
    for (const finding of fresh) said.add(pathId(finding.path))
    return fresh
  })
}
