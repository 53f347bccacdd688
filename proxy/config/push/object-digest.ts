/**
 * The digest of one pushed object: the same for the same content, whatever the order of its keys.
 * Objects never change, so each is hashed once, as long as it is the same object.
 */
import { hash } from 'node:crypto'
import type { JsonObject } from './routing.ts'

const digests = new WeakMap<JsonObject, string>()

/** SHA-256 of one object, base64url. */
export function objectDigest(object: JsonObject): string {
  const known = digests.get(object)
  if (known !== undefined) return known
  const digest = hash('sha256', canonical(object), 'base64url')
  digests.set(object, digest)
  return digest
}

/** Deeper is no valid object anyway; going on would exhaust the stack. */
const deepest = 128

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  return canonicalAt(value, 0)
}

function canonicalAt(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (depth > deepest) return '"..."'
  if (Array.isArray(value)) return `[${value.map((item) => canonicalAt(item, depth + 1)).join(',')}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonicalAt(member, depth + 1)}`).join(',')}}`
}
