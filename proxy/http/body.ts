/**
 * A body on its way: one source, one sink, back-pressure by pause and resume, no stream object and no promise per chunk.
 *
 * Invariants: a source is started at most once. After `start`, the sink sees any number of `onBodyData`, then exactly one of
 * `onBodyEnd` and `onBodyError`, unless the source was cancelled first: then it sees nothing more. A source may call its
 * sink from within `start`. While paused it delivers no data; end and error still come.
 */
import type { ProxyError } from '../error/proxy-error.ts'
import type { HeaderList } from './headers.ts'

export interface BodySink {
  /** The chunk is the sink's to keep; nobody writes to it again. */
  onBodyData(chunk: Buffer): void
  /** @param trailers null where the body had no trailer section. */
  onBodyEnd(trailers: HeaderList | null): void
  onBodyError(error: ProxyError): void
}

export interface BodySource {
  /** Bytes in total, where the sender said so before; undefined for a chunked body. Never 0 and then data. */
  readonly length: number | undefined
  start(sink: BodySink): void
  pause(): void
  resume(): void
  /** The reader wants no more. What still comes is thrown away by the owner of the source. Harmless after the end. */
  cancel(): void
}

/** A body that is whole from the beginning. */
export class BufferBody implements BodySource {
  readonly length: number
  readonly #bytes: Buffer
  readonly #trailers: HeaderList | null
  #sink: BodySink | null = null
  #paused = false

  constructor(bytes: Buffer, trailers: HeaderList | null = null) {
    this.#bytes = bytes
    this.#trailers = trailers
    this.length = bytes.length
  }

  start(sink: BodySink): void {
    this.#sink = sink
    if (!this.#paused) this.#deliver()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  cancel(): void {
    this.#sink = null
  }

  #deliver(): void {
    const sink = this.#sink
    if (sink === null) return
    this.#sink = null
    if (this.#bytes.length > 0) sink.onBodyData(this.#bytes)
    sink.onBodyEnd(this.#trailers)
  }
}
