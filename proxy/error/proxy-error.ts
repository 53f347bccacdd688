/**
 * The only error that travels through the rooms: a literal code from the table, and what a person needs to know.
 */
import { type ErrorCode, type ErrorFacts, errorTable } from './table.ts'

export interface ErrorContext {
  /** One sentence: what happened and what to do next. Shown to the caller; no secrets. */
  readonly detail?: string
  readonly upstream?: string
  /** Whole seconds for `Retry-After`. */
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

export class ProxyError extends Error {
  readonly code: ErrorCode
  readonly detail: string
  readonly upstream: string | undefined
  readonly retryAfterSeconds: number | undefined

  /** For many answers, made once. Without a stack: it would say nothing of them, and hold on to all that was on it when this was made. */
  static lasting(code: ErrorCode, context: ErrorContext): ProxyError {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      return new ProxyError(code, context)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  }

  constructor(code: ErrorCode, context: ErrorContext = {}) {
    const detail = context.detail ?? errorTable[code].title
    super(detail, { cause: context.cause })
    this.name = 'ProxyError'
    this.code = code
    this.detail = detail
    this.upstream = context.upstream
    this.retryAfterSeconds = context.retryAfterSeconds
  }

  get facts(): ErrorFacts {
    return errorTable[this.code]
  }
}
