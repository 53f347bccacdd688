/**
 * HTTP methods: they are case-sensitive (RFC 9110 section 9.1), so `get` is a method that nobody uses.
 */
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'

const known = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** Why CONNECT may not be what a call is sent with. */
export const neverSent = '`CONNECT` cannot be sent: a route with `match: { method: CONNECT }` makes a tunnel of one'

/** @param at one method, or a list of them. */
export function methodsAt(at: Cursor): Cursor[] {
  return at.text === undefined ? at.items() : [at]
}

/** @param at as above. @param noConnect why CONNECT may not stand there; undefined where it may. */
export function checkMethod(at: Cursor, findings: Findings, noConnect?: string): void {
  for (const method of methodsAt(at)) {
    const upper = method.text?.toUpperCase() ?? ''
    if (method.text !== upper && known.has(upper)) findings.error(method, `methods are case-sensitive, did you mean \`${upper}\`?`)
    if (upper === 'CONNECT' && noConnect !== undefined) findings.error(method, noConnect)
  }
}
