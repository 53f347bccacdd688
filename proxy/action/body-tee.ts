/**
 * A body with one reader who matters and any number who read along.
 *
 * The first reader sets the pace: only it pauses the source. Each of the others may lag behind by a stated number of bytes;
 * what it has not taken by then ends its copy (`cut`), and costs the first reader nothing.
 */
import { ProxyError } from '../error/proxy-error.ts'
import type { BodySink, BodySource } from '../http/body.ts'
import type { HeaderList } from '../http/headers.ts'
import { lend } from '../runtime/read-buffers.ts'

export class BodyTee implements BodySink {
  readonly #source: BodySource
  #copies: BodyCopy[] = []
  #first: BodySink | null = null
  #started = false
  /** The reader who sets the pace. */
  readonly first: BodySource

  constructor(source: BodySource) {
    this.#source = source
    this.first = {
      length: source.length,
      start: (sink) => this.#start(sink),
      pause: () => source.pause(),
      resume: () => source.resume(),
      cancel: () => this.#leave(),
    }
  }

  /** A copy that may lag `limitBytes` behind. Only before the body has begun to flow. */
  copy(limitBytes: number): BodyCopy {
    const copy = new BodyCopy(this.#source.length, limitBytes, () => this.#forget(copy))
    this.#copies.push(copy)
    return copy
  }

  onBodyData(chunk: Buffer): void {
    for (const _ of this.#copies) lend(chunk)
    this.#first?.onBodyData(chunk)
    for (const copy of this.#copies) copy.onBodyData(chunk)
  }

  onBodyEnd(trailers: HeaderList | null): void {
    const copies = this.#copies
    this.#copies = []
    this.#first?.onBodyEnd(trailers)
    for (const copy of copies) copy.onBodyEnd(trailers)
  }

  onBodyError(error: ProxyError): void {
    const copies = this.#copies
    this.#copies = []
    this.#first?.onBodyError(error)
    for (const copy of copies) copy.onBodyError(error)
  }

  #start(sink: BodySink | null): void {
    this.#first = sink
    this.#started = true
    this.#source.start(this)
  }

  /** The first reader wants no more; the copies go on as far as their limits carry. */
  #leave(): void {
    this.#first = null
    if (this.#copies.length === 0) return this.#source.cancel()
    if (this.#started) return this.#source.resume()
    this.#start(null)
  }

  #forget(copy: BodyCopy): void {
    this.#copies = this.#copies.filter((other) => other !== copy)
    if (this.#started && this.#first === null && this.#copies.length === 0) this.#source.cancel()
  }
}

/** One of those who read along. It holds what its reader has not taken yet. */
export class BodyCopy implements BodySource, BodySink {
  readonly length: number | undefined
  readonly #limitBytes: number
  readonly #leave: () => void
  #held: Buffer[] = []
  #heldBytes = 0
  #sink: BodySink | null = null
  #flowing = false
  #outcome: { readonly trailers: HeaderList | null } | { readonly error: ProxyError } | null = null
  #over = false
  /** It outran its limit, or the caller broke off: the copy is not whole. */
  cut = false
  /** Bytes that its reader has taken. */
  bytesRead = 0

  constructor(length: number | undefined, limitBytes: number, leave: () => void) {
    this.length = length
    this.#limitBytes = limitBytes
    this.#leave = leave
  }

  start(sink: BodySink): void {
    this.#sink = sink
    this.resume()
  }

  pause(): void {
    this.#flowing = false
  }

  resume(): void {
    this.#flowing = true
    this.#deliver()
  }

  cancel(): void {
    if (this.#over) return
    this.#discard()
    this.#leave()
  }

  onBodyData(chunk: Buffer): void {
    if (this.#over) return
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    this.#deliver()
    if (this.#heldBytes > this.#limitBytes) this.#cutOff()
  }

  onBodyEnd(trailers: HeaderList | null): void {
    this.#outcome ??= { trailers }
    this.#deliver()
  }

  onBodyError(error: ProxyError): void {
    this.cut = true
    this.#outcome ??= { error }
    this.#deliver()
  }

  #cutOff(): void {
    this.cut = true
    this.#held = []
    this.#heldBytes = 0
    this.#outcome = { error: new ProxyError('body_too_large', { detail: `cut: more than bodyLimit (${this.#limitBytes} bytes) behind` }) }
    this.#leave()
    this.#deliver()
  }

  #deliver(): void {
    while (this.#sink !== null && this.#flowing && !this.#over) {
      const chunk = this.#held.shift()
      if (chunk === undefined) break
      this.#heldBytes -= chunk.length
      this.bytesRead += chunk.length
      this.#sink.onBodyData(chunk)
    }
    if (this.#held.length === 0) this.#conclude()
  }

  #conclude(): void {
    const [sink, outcome] = [this.#sink, this.#outcome]
    if (sink === null || outcome === null || this.#over) return
    this.#discard()
    if ('error' in outcome) sink.onBodyError(outcome.error)
    else sink.onBodyEnd(outcome.trailers)
  }

  #discard(): void {
    this.#over = true
    this.#held = []
    this.#heldBytes = 0
    this.#sink = null
  }
}
