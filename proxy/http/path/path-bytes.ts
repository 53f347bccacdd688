/**
 * The bytes of a path, each written in the one way that all servers read alike (RFC 3986 section 6.2.2):
 * unreserved characters as they are, everything that was encoded beyond them as `%` and two upper-case digits.
 *
 * Bytes above 0x7f are always encoded. `%2F` stays: whether a slash separates segments is the caller's word, not ours.
 * Segments are not its business: normalise-path.ts resolves them.
 */
import { hexByte } from './hex-byte.ts'
import { backslash, brokenUtf8, controlByte, fragment, malformedPercent, type PathProblem } from './path-problem.ts'
import { Utf8Check } from './utf8-check.ts'

const percent = 0x25
const triplets = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)

const unreserved = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'))

/** @param path one character a byte (latin1), without the query. */
export function canonicalBytes(path: string): string | PathProblem {
  const utf8 = new Utf8Check()
  let canonical = ''
  for (let i = 0; i < path.length; i++) {
    const encoded = path.charCodeAt(i) === percent
    const byte = encoded ? hexByte(path, i + 1) : path.charCodeAt(i)
    const problem = byteProblem(byte, encoded)
    if (problem !== null) return problem
    if (!utf8.accept(byte)) return brokenUtf8
    canonical += byte > 0x7f || (encoded && !unreserved.has(byte)) ? triplets[byte] : String.fromCharCode(byte)
    if (encoded) i += 2
  }
  return utf8.complete ? canonical : brokenUtf8
}

function byteProblem(byte: number, encoded: boolean): PathProblem | null {
  if (byte < 0) return malformedPercent
  if (byte < 0x20 || byte === 0x7f || (byte === 0x20 && !encoded)) return controlByte
  if (byte === 0x5c) return backslash
  return byte === 0x23 && !encoded ? fragment : null
}
