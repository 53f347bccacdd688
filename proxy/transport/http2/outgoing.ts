/**
 * What we send on one stream: head, body, trailers.
 *
 * The head waits until the current callback is over, because what comes within it decides its form: nothing more (END_STREAM on the
 * head, which a gRPC "trailers-only" answer depends on), one piece and no trailers (no extra frame), or anything else.
 * Invariant: the stream is opened at most once; after `discard` nothing is sent.
 */
import type { Http2Stream } from 'node:http2'
import type { HeaderList } from '../../http/headers.ts'
import { fieldObject } from './fields.ts'

/** `empty`: the head is all. `whole`: a body without trailers follows. `streamed`: a body follows, and perhaps trailers. */
export type Shape = 'empty' | 'whole' | 'streamed'

export interface Opener {
  /** Sends the head. @returns null where that was not possible; the opener has dealt with it. */
  openStream(shape: Shape): Http2Stream | null
  /** After a `write` that returned false: there is room again. */
  onWritable(): void
}

/** RST_STREAM with NO_ERROR after a complete message (RFC 9113 section 8.1). */
function stopPeer(stream: Http2Stream): void {
  stream.close()
}

/** node:http2 drops a head that is still queued when the stream is reset within the call that received the request. */
export function stopPeerWhenWritten(stream: Http2Stream): void {
  if (stream.writableFinished) setImmediate(stopPeer, stream)
  else stream.once('finish', () => setImmediate(stopPeer, stream))
}

export class Outgoing {
  readonly #opener: Opener
  #stream: Http2Stream | null = null
  #held: Buffer | null = null
  #trailers: HeaderList | null = null
  #begun = false
  #ended = false
  #trailersPending = false
  #closeAfterTrailers = false

  constructor(opener: Opener) {
    this.#opener = opener
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Waiting for the whole read (setImmediate) would save frames, but was measured to cost more time than it saves. */
  openSoon(): void {
    queueMicrotask(() => {
      if (!this.#begun) this.#open('streamed')
    })
  }

  /** @returns false when the peer is slower than us. */
  write(chunk: Buffer): boolean {
    if (!this.#begun) {
      if (this.#held === null) {
        this.#held = chunk
        return true
      }
      this.#open('streamed')
    }
    const stream = this.#stream
    return stream === null || !stream.writable || stream.write(chunk)
  }

  end(trailers: HeaderList | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#trailers = trailers
    if (!this.#begun) this.#open(trailers !== null && trailers.length > 0 ? 'streamed' : this.#held === null ? 'empty' : 'whole')
    if (this.#stream?.writable === true) this.#stream.end()
  }

  /** Drops what was not sent yet. */
  discard(): void {
    this.#begun = true
    this.#ended = true
    this.#held = null
  }

  /** After `end`: asks the peer to send no more, once all is written. */
  closeWhenSent(): void {
    if (this.#trailersPending) this.#closeAfterTrailers = true
    else if (this.#stream !== null) stopPeerWhenWritten(this.#stream)
  }

  #open(shape: Shape): void {
    this.#begun = true
    const held = this.#held
    this.#held = null
    const stream = this.#opener.openStream(shape)
    this.#stream = stream
    if (stream === null || shape === 'empty') return
    stream.on('drain', () => this.#opener.onWritable())
    if (shape === 'streamed') this.#expectTrailers(stream)
    if (held !== null) stream.write(held)
  }

  #expectTrailers(stream: Http2Stream): void {
    this.#trailersPending = true
    stream.once('wantTrailers', () => {
      this.#trailersPending = false
      stream.sendTrailers(this.#trailerFields())
      // sendTrailers writes in a setImmediate of its own; a stream that is closed before would lose them.
      if (this.#closeAfterTrailers) setImmediate(() => stopPeer(stream))
    })
  }

  /** Trailers that cannot be sent are left out: the body itself has arrived. */
  #trailerFields(): ReturnType<typeof fieldObject> {
    try {
      return fieldObject(this.#trailers ?? [])
    } catch {
      return {}
    }
  }
}
