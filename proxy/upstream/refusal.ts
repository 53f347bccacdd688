/**
 * How a call is answered without an attempt: the handler sees its start and then the error, as with any other call.
 */
import type { ProxyError } from '../error/proxy-error.ts'
import type { DispatchController, DispatchHandler } from '../http/dispatch.ts'

class RefusedCall implements DispatchController {
  aborted = false
  readonly endpoint = undefined
  readonly #handler: DispatchHandler
  #ended = false

  constructor(handler: DispatchHandler) {
    this.#handler = handler
  }

  pause(): void {
    // There is nothing to hold back.
  }

  resume(): void {
    // Nothing was held back.
  }

  abort(reason: ProxyError): void {
    if (this.#ended) return
    this.aborted = true
    this.end(reason)
  }

  end(error: ProxyError): void {
    if (this.#ended) return
    this.#ended = true
    this.#handler.onResponseError(this, error)
  }
}

/** Ends the call within this very turn. */
export function refuse(handler: DispatchHandler, error: ProxyError): void {
  const refused = new RefusedCall(handler)
  handler.onRequestStart(refused)
  refused.end(error)
}
