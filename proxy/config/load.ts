/**
 * Reads the configuration of a sidecar: the document, then the files that it names.
 *
 * Invariants: it never throws, whatever the text; a refused text yields at least one error; nothing that it is given is changed.
 */
import type { ConfigError } from './config-error.ts'
import { type CredentialSource, credentialSource } from './credential-source.ts'
import { resolveFiles } from './credentials.ts'
import { type ConfigSource, type Language, loadDocument, positions, type RefusedDocument } from './load-document.ts'
import type { Override, Texts } from './overrides.ts'
import { valueAt } from './path.ts'
import { checkReferences } from './references.ts'
import { type Config, config as schema } from './schema/config.ts'
import type { SecretSources } from './secrets.ts'
import { shownConfig } from './shown.ts'
import { refusedWords } from './unsupported.ts'

export { type ConfigError, formatConfigErrors } from './config-error.ts'
export type { ConfigSource } from './load-document.ts'

export interface LoadedConfig {
  readonly ok: true
  readonly config: Config
  /** In the language of the file, defaults filled in, secrets redacted; for `GET /config`. */
  readonly shown: Readonly<Record<string, unknown>>
  /** The file names listeners; where it does not, the default one stands back for those that are pushed. */
  readonly ownListeners: boolean
  /** Where pushed routing finds its secrets too. */
  readonly sources: SecretSources
  /** Of the control plane; undefined without one. */
  readonly token: CredentialSource | undefined
  readonly warnings: readonly ConfigError[]
}

export type RefusedConfig = RefusedDocument
export type LoadResult = LoadedConfig | RefusedConfig

const language: Language<typeof schema> = { schema, check: checkReferences, words: refusedWords }

/** @param overrides from `readOverrides`. @param env for `${env:NAME}`. */
export function loadConfig(source: ConfigSource, overrides: readonly Override[] = [], env?: Texts): LoadResult {
  const document = loadDocument(language, source, overrides, env)
  if (!document.ok) return document
  const { value: config, unfilled, root, sources, locate, warnings } = document
  const findings = resolveFiles(config, sources.folder)
  if (findings.length > 0) return { ok: false, errors: positions(findings, locate), warnings }
  const ownListeners = valueAt(root, ['listeners']) !== undefined
  return { ok: true, config, shown: shownConfig(unfilled), ownListeners, sources, token: tokenIn(config, unfilled, sources), warnings }
}

function tokenIn({ controlPlane }: Config, unfilled: Config, sources: SecretSources): CredentialSource | undefined {
  const text = unfilled.controlPlane?.token
  return controlPlane === undefined || text === undefined ? undefined : credentialSource(text, controlPlane.token, sources)
}
