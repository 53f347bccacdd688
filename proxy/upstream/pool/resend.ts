/**
 * When a call may be sent once more because the connection that it was given to did not serve it.
 *
 * This is hygiene of kept-alive connections (RFC 9112 section 9.3.1, RFC 9113 section 8.7), not a retry policy:
 * the upstream has done nothing yet, or doing it twice is the same as doing it once.
 */
import type { ProxyError } from '../../error/proxy-error.ts'
import type { OutboundCall } from '../../http/dispatch.ts'
import { Unserved } from '../../transport/connection.ts'
import { bodyIsWhole } from '../watched-body.ts'

/** RFC 9110 section 9.2.2. Method names are case-sensitive. */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

export function mayResend(call: OutboundCall, error: ProxyError): boolean {
  if (!(error.cause instanceof Unserved) || !bodyIsWhole(call)) return false
  return error.cause.processed === 'no' || idempotentMethods.has(call.method)
}

/** The peer had closed the connection already; it is of no use even if it has not said so itself yet. */
export function connectionIsLost(error: ProxyError): boolean {
  return error.cause instanceof Unserved && error.cause.processed === 'unknown'
}
