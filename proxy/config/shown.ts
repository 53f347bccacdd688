/**
 * The configuration as `GET /config` shows it: in the language of the file, defaults filled in, without a secret.
 *
 * It is made before secrets are filled in, so a placeholder stays the text that was written. Private keys, PEM text,
 * literal values of header fields that carry credentials, and passwords in URLs become `[redacted]`.
 */
import * as z from 'zod/mini'
import type { Path } from './path.ts'
import { schemasAt } from './schema-walk.ts'
import { mayBeSecret } from './secrets.ts'
import { type Config, config as schema } from './schema/config.ts'

const redacted = '[redacted]'

/** Keys of this language whose value is a secret where it is no path and no placeholder. */
const ownCredentials = new Set(['key', 'token'])

const credentialFields = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key', 'x-auth-token'])

/** @param config as parsed, with its placeholders; it is not changed. */
export function shownConfig(config: Config): Record<string, unknown> {
  return shownDocument(schema, config)
}

/** The same for a part of the language; its paths are those of a configuration file. */
export function shownDocument<S extends z.ZodMiniType>(part: S, value: z.output<S>): Record<string, unknown> {
  return redact(z.encode(part, value), []) as Record<string, unknown>
}

function redact(value: unknown, path: Path): unknown {
  if (typeof value === 'string') return redactText(value, path)
  if (Array.isArray(value)) return value.map((item, index) => redact(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redact(item, [...path, name])]))
}

function redactText(text: string, path: Path): string {
  if (text.includes('-----BEGIN')) return redacted
  if (isCredential(path)) return text.includes('${') ? text : redacted
  return text.replace(/^(https?:\/\/)[^/@\s]*@/, `$1${redacted}@`)
}

/** The name alone does not say it: a caller can be kept on one destination by a field called `cookie`. */
function isCredential(path: Path): boolean {
  const name = String(path.at(-1)).toLowerCase()
  if (!ownCredentials.has(name) && !credentialFields.has(name)) return false
  return schemasAt(schema, path).some(mayBeSecret)
}
