/**
 * The one place that reads Node's error codes: an error of a socket or a stream becomes a `ProxyError` here.
 */
import { ProxyError } from './proxy-error.ts'
import type { ErrorCode } from './table.ts'

const resets = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'])

/** The code that Node put on an error, for logs and details; `unknown` where there is none. */
export function nodeErrorCode(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') return error.code
  return 'unknown'
}

/** OpenSSL's own message carries a thread, a file and a line; `reason` is what it means. */
export function tlsReason(error: Error): string {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message
}

function codeOf(error: unknown, phase: 'connect' | 'exchange'): ErrorCode {
  if (phase === 'connect') return 'connect_failed'
  if (nodeErrorCode(error) === 'ETIMEDOUT') return 'deadline'
  return resets.has(nodeErrorCode(error)) ? 'upstream_reset' : 'upstream_closed'
}

/** @param phase `connect` until the connection stands (TLS included), `exchange` from then on. */
export function fromNodeError(error: unknown, phase: 'connect' | 'exchange', upstream: string, endpoint: string): ProxyError {
  if (error instanceof ProxyError) return error
  const reason = error instanceof Error ? error.message : String(error)
  const doing = phase === 'connect' ? 'connecting to' : 'talking to'
  return new ProxyError(codeOf(error, phase), { upstream, cause: error, detail: `${doing} ${endpoint} of upstream ${upstream}: ${reason}` })
}
