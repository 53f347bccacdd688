/**
 * HTTP methods: they are case-sensitive (RFC 9110 section 9.1), so `get` is a method that nobody uses.
 */
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'

const known = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** @param at one method, or a list of them. */
export function checkMethod(at: Cursor, findings: Findings): void {
  for (const method of at.text === undefined ? at.items() : [at]) {
    const upper = method.text?.toUpperCase() ?? ''
    if (method.text !== upper && known.has(upper)) findings.error(method, `methods are case-sensitive, did you mean \`${upper}\`?`)
    if (upper === 'CONNECT') findings.error(method, '`CONNECT` is never routed: a listener answers it with 405')
  }
}
