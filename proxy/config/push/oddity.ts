/**
 * What JSON can say and no configuration file can: nesting without end (recursion over it would exhaust the stack),
 * and keys that mean something to JavaScript (CWE-1321).
 */
import type { Finding } from '../config-error.ts'
import type { Path } from '../path.ts'

/** As in files. */
const deepest = 64

/** @returns the first there is in an object of that name; undefined for what a file could have said as well. */
export function oddityOf(name: string, body: unknown): Finding | undefined {
  return name === '__proto__' ? { path: [], part: 'key', message: notAllowed } : oddity(body)
}

const notAllowed = 'this key is not allowed'

function oddity(value: unknown, path: Path = []): Finding | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (path.length > deepest) return { path: path.slice(0, 3), part: 'value', message: `nested more than ${deepest} levels deep` }
  if (Object.hasOwn(value, '__proto__')) return { path: [...path, '__proto__'], part: 'key', message: notAllowed }
  const inList = Array.isArray(value)
  for (const [key, item] of Object.entries(value)) {
    const found = typeof item === 'object' ? oddity(item, [...path, inList ? Number(key) : key]) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
