/**
 * One caller's connection, as the listener that holds it sees it, whatever protocol it speaks.
 */
import type { ProxyError } from '../error/proxy-error.ts'
import type { Exchange, ListenerFacts } from './exchange.ts'

export interface ServerConnection {
  /** Exchanges in progress. */
  readonly active: number
  /** Answers what is in progress, lets the caller know (`Connection: close`, GOAWAY), and closes when idle. */
  drain(): void
  /** Closes at once. */
  destroy(): void
}

/** Who takes the exchanges of a connection. */
export interface ExchangeHandler {
  onExchange(exchange: Exchange): void
  /** A message that never became an exchange; it was answered already. For metrics and log. */
  onMalformed(error: ProxyError, facts: MalformedFacts): void
}

export interface MalformedFacts {
  readonly listener: ListenerFacts
  readonly callerAddress: string
  /** Status that the caller was given; 0 where nothing could be said. */
  readonly status: number
}

/** What a caller may ask of one connection; 0 turns a time limit off. */
export interface ServerLimits {
  /** Request line and fields together. */
  readonly headBytes: number
  readonly fields: number
  /** From the first byte of a head to its end. */
  readonly headTimeoutMs: number
  /** Between two calls. */
  readonly idleTimeoutMs: number
  /** Between two pieces of a request body. */
  readonly bodyTimeoutMs: number
}

export const defaultServerLimits: ServerLimits = {
  headBytes: 16 * 1024,
  fields: 100,
  headTimeoutMs: 15_000,
  idleTimeoutMs: 300_000,
  bodyTimeoutMs: 60_000,
}
