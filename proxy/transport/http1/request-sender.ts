/**
 * Sends one request on one connection: head, then the body as its source delivers it.
 *
 * Invariant: exactly as many bytes as the head promised, or `failed` is called, after which the connection cannot be used.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import type { BodySink, BodySource } from '../../http/body.ts'
import type { OutboundCall } from '../../http/dispatch.ts'
import type { HeaderList } from '../../http/headers.ts'
import type { Framing } from './framing.ts'
import type { Output } from './output.ts'
import { encodeRequestHead, requestFraming } from './request-encoder.ts'
import { encodeTrailers } from './trailers.ts'

export class RequestSender implements BodySink {
  /** Everything was given to the socket. */
  isSent = false
  readonly #output: Output
  readonly #body: BodySource | null
  readonly #framing: Framing
  readonly #failed: (error: ProxyError) => void
  #bytesOut = 0
  #isPaused = false

  constructor(call: OutboundCall, output: Output, failed: (error: ProxyError) => void) {
    this.#output = output
    this.#body = call.body
    this.#framing = requestFraming(call)
    this.#failed = failed
  }

  /** @throws MalformedMessage where the head cannot be written; nothing was sent then. */
  start(call: OutboundCall): void {
    this.#output.text(encodeRequestHead(call, this.#framing))
    if (this.#body === null) this.isSent = true
    else this.#body.start(this)
  }

  /** The socket takes bytes again. */
  onDrain(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#body?.resume()
  }

  cancel(): void {
    if (!this.isSent) this.#body?.cancel()
  }

  onBodyData(chunk: Buffer): void {
    this.#bytesOut += chunk.length
    if (typeof this.#framing === 'number' && this.#bytesOut > this.#framing) return this.#failed(this.#lengthError())
    const isReady = this.#framing === 'chunked' ? this.#output.chunk(chunk) : this.#output.bytes(chunk)
    if (isReady || this.#isPaused) return
    this.#isPaused = true
    this.#body?.pause()
  }

  /** Trailers travel in chunked requests only. */
  onBodyEnd(trailers: HeaderList | null): void {
    if (typeof this.#framing === 'number' && this.#bytesOut !== this.#framing) return this.#failed(this.#lengthError())
    if (this.#framing === 'chunked') this.#output.text(encodeTrailers(trailers))
    this.isSent = true
  }

  onBodyError(error: ProxyError): void {
    this.#failed(error)
  }

  #lengthError(): ProxyError {
    return new ProxyError('internal', { detail: `A request body of ${this.#bytesOut} bytes was announced as ${this.#framing}.` })
  }
}
