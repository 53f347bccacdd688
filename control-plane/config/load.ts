/**
 * Reads control-plane.yaml: text in, a checked configuration or everything that is wrong with it out.
 *
 * Invariants: it never throws, whatever the text; a refused text yields at least one error. Relative paths start from the file's folder.
 */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { ConfigError, Finding } from '../../proxy/config/config-error.ts'
import { type ConfigSource, loadDocument, positions } from '../../proxy/config/load-document.ts'
import type { Path } from '../../proxy/config/path.ts'
import type { Override, Texts } from '../../proxy/config/overrides.ts'
import { fileProblem, readSmallFile } from '../../proxy/config/small-file.ts'
import { checkControlPlane } from './checks.ts'
import { type ControlPlaneConfig, controlPlaneConfig } from './schema.ts'

export type LoadResult =
  | { readonly ok: true; readonly config: ControlPlaneConfig }
  /** In reading order; never empty. */
  | { readonly ok: false; readonly errors: readonly ConfigError[] }

/** Words that are refused with a sentence of their own. */
const words = {
  key: (parent: Path, key: string) =>
    parent.join('.') === 'source' && key === 'kubernetes'
      ? '`kubernetes` is not supported yet in this version, expected `folder`'
      : undefined,
  value: () => undefined,
}

const language = { schema: controlPlaneConfig, check: checkControlPlane, words }

const leastTokenLength = 16
const leastTtlMs = 1_000

export function loadControlPlane(source: ConfigSource, overrides: readonly Override[] = [], env: Texts = process.env): LoadResult {
  const loaded = loadDocument(language, source, overrides, env)
  if (!loaded.ok) return loaded
  const config = withAbsolutePaths(loaded.value, dirname(resolve(source.file)))
  const findings = [...checkValues(config), ...checkFiles(config)]
  return findings.length === 0 ? { ok: true, config } : { ok: false, errors: positions(findings, loaded.locate) }
}

function withAbsolutePaths(config: ControlPlaneConfig, folder: string): ControlPlaneConfig {
  const { authority, source, state } = config
  const files = (['cert', 'key', 'chain'] as const).flatMap((part) => {
    const file = authority[part]
    return file === undefined ? [] : [[part, resolve(folder, file)] as const]
  })
  return {
    ...config,
    state: resolve(folder, state),
    source: { folder: resolve(folder, source.folder) },
    authority: { ...authority, ...Object.fromEntries(files) },
  }
}

/** A token that can be guessed is none, and a certificate that is over before it arrives helps nobody. */
function checkValues({ operatorToken, authority }: ControlPlaneConfig): Finding[] {
  const findings: Finding[] = []
  if (operatorToken !== undefined && operatorToken.length < leastTokenLength)
    findings.push(wrong(['operatorToken'], `the secret is too short, expected at least ${leastTokenLength} characters`))
  if (operatorToken !== undefined && !/^[\x21-\x7e]+$/.test(operatorToken))
    findings.push(wrong(['operatorToken'], 'the secret has spaces or characters that cannot stand in a header field'))
  if (authority.ttl < leastTtlMs) findings.push(wrong(['authority', 'ttl'], 'expected at least 1s'))
  return findings
}

function checkFiles({ source, authority }: ControlPlaneConfig): Finding[] {
  const parts = (['cert', 'key', 'chain'] as const).flatMap((part): Finding[] => {
    const problem = problemOf(authority[part])
    return problem === undefined ? [] : [wrong(['authority', part], `cannot read the file ${authority[part]}: ${problem}`)]
  })
  return isFolder(source.folder) ? parts : [wrong(['source', 'folder'], `there is no folder ${source.folder}`), ...parts]
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function problemOf(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    readSmallFile(file)
    return undefined
  } catch (error) {
    return fileProblem(error)
  }
}

function wrong(path: readonly string[], message: string): Finding {
  return { path, part: 'value', message }
}
