/**
 * The one place that writes `application/problem+json` (RFC 9457) for an answer of the sidecar's own.
 */
import type { ProxyError } from './proxy-error.ts'

export interface ProblemContext {
  readonly route?: string | undefined
  readonly traceId?: string | undefined
}

export interface ProblemReply {
  readonly status: number
  /** Flat list: name, value, name, value. */
  readonly headers: string[]
  readonly body: Buffer
}

/** Header in which local answers carry their response flag. */
export const flagsHeader = 'x-tandem-flags'

export function problemReply(error: ProxyError, context: ProblemContext = {}): ProblemReply {
  const { status, flag, title } = error.facts
  const document = { title, status, detail: error.detail, route: context.route, upstream: error.upstream, traceId: context.traceId }
  const body = Buffer.from(JSON.stringify(document))
  const headers = ['content-type', 'application/problem+json', 'content-length', String(body.length)]
  if (flag !== '') headers.push(flagsHeader, flag)
  if (error.retryAfterSeconds !== undefined) headers.push('retry-after', String(error.retryAfterSeconds))
  return { status, headers, body }
}
