/**
 * A request's body as a source: decodes what the connection has received, when and as far as its sink wants it.
 *
 * Invariant: nothing is decoded before someone wants it, so what waits is bounded by what the socket has read ahead.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import type { BodySink, BodySource } from '../../http/body.ts'
import { lend } from '../../runtime/read-buffers.ts'
import type { BodyDecoder } from './body-decoder.ts'
import type { Input } from './input.ts'
import { MalformedMessage } from './malformed-message.ts'

export interface BodyOwner {
  /** The body wants bytes now that it did not want before. */
  onBodyWanted(): void
}

export class RequestBody implements BodySource {
  readonly length: number | undefined
  /** Content decoded so far. */
  bytesIn = 0
  /** Of these, nobody wanted. */
  bytesDropped = 0
  isComplete = false
  error: ProxyError | null = null
  readonly #decoder: BodyDecoder
  readonly #owner: BodyOwner
  #sink: BodySink | null = null
  #isStarted = false
  #isPaused = false

  constructor(length: number | undefined, decoder: BodyDecoder, owner: BodyOwner) {
    this.length = length
    this.#decoder = decoder
    this.#owner = owner
  }

  /** Nothing more comes. */
  get isSettled(): boolean {
    return this.isComplete || this.error !== null
  }

  get wantsBytes(): boolean {
    return this.#isStarted && !this.#isPaused && !this.isSettled
  }

  /** Its reader has begun, and is slower than the caller. */
  get isHeldBack(): boolean {
    return this.#isStarted && this.#isPaused && !this.isSettled
  }

  /** Whether the body cannot become complete with so many more bytes; of a chunked one that is known only when all are read. */
  isCutOff(bytesLeft: number): boolean {
    return this.length === undefined ? bytesLeft === 0 : this.bytesIn + bytesLeft < this.length
  }

  start(sink: BodySink): void {
    if (this.#isStarted) return
    this.#isStarted = true
    if (this.error !== null) return sink.onBodyError(this.error)
    this.#sink = sink
    this.#owner.onBodyWanted()
  }

  pause(): void {
    this.#isPaused = this.#sink !== null || !this.#isStarted
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#owner.onBodyWanted()
  }

  cancel(): void {
    if (this.#isStarted && this.#sink === null) return
    this.#isStarted = true
    this.#isPaused = false
    this.#sink = null
    if (!this.isSettled) this.#owner.onBodyWanted()
  }

  /** Hands on what has arrived, as far as it is wanted. */
  read(input: Input): void {
    while (this.wantsBytes && !input.isEmpty) {
      const content = this.#decode(input)
      if (content !== null) this.#deliver(content)
      if (this.#decoder.done) return this.#complete()
    }
  }

  fail(error: ProxyError): void {
    if (this.isSettled) return
    this.error = error
    const sink = this.#sink
    this.#sink = null
    sink?.onBodyError(error)
  }

  #decode(input: Input): Buffer | null {
    try {
      input.at = this.#decoder.read(input.bytes, input.at)
      return this.#decoder.content
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      this.fail(new ProxyError('bad_request', { detail: `The request body has ${error.message}.`, cause: error }))
      return null
    }
  }

  #deliver(content: Buffer): void {
    this.bytesIn += content.length
    if (this.#sink === null) this.bytesDropped += content.length
    else {
      lend(content)
      this.#sink.onBodyData(content)
    }
  }

  #complete(): void {
    if (this.isSettled) return
    this.isComplete = true
    const sink = this.#sink
    this.#sink = null
    sink?.onBodyEnd(this.#decoder.trailers)
  }
}
