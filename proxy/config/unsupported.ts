/**
 * The words of the configuration language that this version does not serve yet. They are refused by name,
 * so that nobody takes a misspelt key for a missing feature, or a feature for present that is not.
 */
import type { Path } from './path.ts'

/** `[]` stands for an index, `NAME` for a name of the user's. */
const keys: Readonly<Record<string, readonly string[]>> = {
  '': ['controlPlane', 'delivery', 'for'],
  'listeners[]': ['inbound', 'originalDestination', 'unmatched', 'for'],
  'upstreams.NAME': ['identity', 'retry', 'breaker', 'outlier', 'health', 'rateLimit', 'for'],
  'routes[]': ['deliver', 'idempotency', 'fault', 'rateLimit', 'for'],
  'routes[].mirror[]': ['durable', 'compare', 'noise', 'ignore'],
}

const values: Readonly<Record<string, { readonly refused: (value: unknown) => boolean; readonly shown: string }>> = {
  'upstreams.NAME.tls': { refused: (value) => value === 'mesh', shown: 'tls: mesh' },
  concurrency: { refused: (value) => Number.isInteger(value) && Number(value) > 1, shown: 'concurrency above 1' },
}

function pattern(path: Path): string {
  const [first, second, ...rest] = path
  const named = first === 'upstreams' && second !== undefined ? [first, 'NAME', ...rest] : path
  return named
    .map((key) => (typeof key === 'number' ? '[]' : `.${key}`))
    .join('')
    .slice(1)
}

/** @returns what to say of a key that the schema does not have, undefined where it is simply unknown. */
export function unsupportedKey(parent: Path, key: string): string | undefined {
  return keys[pattern(parent)]?.includes(key) === true ? sentence(key) : undefined
}

/** @returns what to say of a value that the schema refuses, undefined where it is simply wrong. */
export function unsupportedValue(path: Path, value: unknown): string | undefined {
  const entry = values[pattern(path)]
  return entry?.refused(value) === true ? sentence(entry.shown) : undefined
}

function sentence(words: string): string {
  return `\`${words}\` is not supported yet in this version`
}

/** All of them, for the reference page. */
export function unsupportedWords(): string[] {
  const named = Object.entries(keys).flatMap(([parent, words]) => words.map((word) => (parent === '' ? word : `${parent}.${word}`)))
  return [...named, ...Object.values(values).map((entry) => entry.shown)]
}
