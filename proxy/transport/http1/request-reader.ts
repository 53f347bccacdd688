/**
 * Reads the heads of requests from what a connection has received, and puts what is wrong with one into the sidecar's own words.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import type { ListenerFacts } from '../../http/exchange.ts'
import type { ServerLimits } from '../../http/server-connection.ts'
import type { Input } from './input.ts'
import { MalformedMessage } from './malformed-message.ts'
import { type RequestHead, type RequestRules, parseRequestHead } from './request-head.ts'

function refusal(error: MalformedMessage): ProxyError {
  const code = error.tooLarge ? 'header_too_large' : 'bad_request'
  return new ProxyError(code, { detail: `The request has ${error.message}.`, cause: error })
}

export class RequestReader {
  readonly #input: Input
  readonly #headBytes: number
  readonly #rules: RequestRules

  constructor(input: Input, listener: ListenerFacts, limits: ServerLimits) {
    this.#input = input
    this.#headBytes = limits.headBytes
    this.#rules = { maxFields: limits.fields, lenientPaths: listener.lenientPaths }
  }

  /** @returns null while the head is incomplete, and the error (`bad_request`, `header_too_large`) where it is refused. */
  read(): RequestHead | ProxyError | null {
    try {
      this.#input.skipEmptyLines()
      const text = this.#input.isEmpty ? null : this.#input.takeHead(this.#headBytes)
      return text === null ? null : parseRequestHead(text, this.#rules)
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      return refusal(error)
    }
  }
}
