/**
 * One call on one HTTP/1.1 connection: its controller, its sender, and where in its answer it stands.
 */
import type { ProxyError } from '../../error/proxy-error.ts'
import type { DispatchController, DispatchHandler, OutboundCall } from '../../http/dispatch.ts'
import type { BodyDecoder } from './body-decoder.ts'
import type { Output } from './output.ts'
import { RequestSender } from './request-sender.ts'

/** What a call needs of its connection. */
export interface CallOwner {
  readonly endpoint: string
  onCallResumed(): void
  /** Breaks the connection and tells the handler; nothing where the call has ended. */
  failCall(call: ClientCall, error: ProxyError): void
}

export class ClientCall implements DispatchController {
  readonly call: OutboundCall
  readonly handler: DispatchHandler
  readonly sender: RequestSender
  aborted = false
  isPaused = false
  /** A byte of the answer has come. */
  isAnswered = false
  interimAnswers = 0
  /** The upstream lets the connection live on. */
  keepsAlive = false
  /** null until the final head has come. */
  decoder: BodyDecoder | null = null
  readonly #owner: CallOwner

  constructor(call: OutboundCall, handler: DispatchHandler, output: Output, owner: CallOwner) {
    this.call = call
    this.handler = handler
    this.#owner = owner
    this.sender = new RequestSender(call, output, (error) => owner.failCall(this, error))
  }

  get endpoint(): string {
    return this.#owner.endpoint
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    if (!this.isPaused) return
    this.isPaused = false
    this.#owner.onCallResumed()
  }

  abort(reason: ProxyError): void {
    if (this.aborted) return
    this.aborted = true
    this.#owner.failCall(this, reason)
  }
}
