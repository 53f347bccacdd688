/**
 * The words of the configuration language that this version does not serve yet, and those that belong into another file.
 * They are refused by name, so that nobody takes a misspelt key for a missing feature, or a feature for present that is not.
 */
import type { KnownWords } from './explain.ts'
import type { Path } from './path.ts'

/** `[]` stands for an index, `NAME` for a name of the user's. */
const keys: Readonly<Record<string, readonly string[]>> = {
  '': ['delivery'],
  'listeners[]': ['originalDestination', 'unmatched'],
  'upstreams.NAME': ['retry', 'breaker', 'outlier', 'health', 'rateLimit'],
  'routes[]': ['deliver', 'idempotency', 'fault', 'rateLimit'],
  'routes[].mirror[]': ['durable', 'compare', 'noise', 'ignore'],
}

/** Where `for` stands in the routing files of a control plane. */
const selected = new Set(['', 'listeners[]', 'upstreams.NAME', 'routes[]'])
const misplacedSelector =
  '`for` says whom a control plane sends an object to: it belongs in the routing files of the control plane, not in what one sidecar is given'

function pattern(path: Path): string {
  const [first, second, ...rest] = path
  const named = first === 'upstreams' && second !== undefined ? [first, 'NAME', ...rest] : path
  return named
    .map((key) => (typeof key === 'number' ? '[]' : `.${key}`))
    .join('')
    .slice(1)
}

export const refusedWords: KnownWords = { key: unsupportedKey }

/** @returns what to say of a key that the schema does not have, undefined where it is simply unknown. */
function unsupportedKey(parent: Path, key: string): string | undefined {
  if (key === 'for' && selected.has(pattern(parent))) return misplacedSelector
  return keys[pattern(parent)]?.includes(key) === true ? sentence(key) : undefined
}

function sentence(words: string): string {
  return `\`${words}\` is not supported yet in this version`
}

/** All of them, for the reference page. */
export function unsupportedWords(): string[] {
  return Object.entries(keys).flatMap(([parent, words]) => words.map((word) => (parent === '' ? word : `${parent}.${word}`)))
}
