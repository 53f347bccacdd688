/**
 * The reply to a caller on one HTTP/2 stream.
 *
 * Invariant: once `closed`, nothing is sent and nobody is called.
 */
import type { ServerHttp2Stream } from 'node:http2'
import { ProxyError } from '../../error/proxy-error.ts'
import type { Reply, Upgraded } from '../../http/exchange.ts'
import type { HeaderList } from '../../http/headers.ts'
import { errorCode } from './error-code.ts'
import { appendFields, fieldObject } from './fields.ts'
import { Outgoing, type Opener, type Shape } from './outgoing.ts'
import { emptyHead, streamedHead, wholeHead } from './settings.ts'
import { abortCode } from './stream-error.ts'

/** Statuses without a body, 205 among them, for which node:http2 ends the stream by itself. */
function isBodyless(status: number): boolean {
  return status === 204 || status === 205 || status === 304
}

export class Http2Reply implements Reply, Opener {
  started = false
  closed = false
  bytesOut = 0
  onDrain: (() => void) | null = null
  /** Called once, after `end`; never after `abort`. */
  readonly #onEnded: () => void
  readonly #stream: ServerHttp2Stream
  readonly #out: Outgoing
  #head: string[] = []
  #bodyless: boolean

  constructor(stream: ServerHttp2Stream, method: string, onEnded: () => void) {
    this.#stream = stream
    this.#bodyless = method === 'HEAD'
    this.#onEnded = onEnded
    this.#out = new Outgoing(this)
  }

  inform(status: number, headers: HeaderList): void {
    if (this.closed || this.started || this.#stream.closed) return
    try {
      this.#stream.additionalHeaders({ ':status': status, ...fieldObject(headers) })
    } catch {
      this.#reset()
    }
  }

  start(status: number, headers: HeaderList): void {
    if (this.closed || this.started) return
    this.started = true
    this.#head = [':status', String(status)]
    if (isBodyless(status)) this.#bodyless = true
    try {
      appendFields(this.#head, headers, 'keep')
    } catch {
      return this.#reset()
    }
    if (this.#bodyless) this.#out.end(null)
    else this.#out.openSoon()
  }

  write(chunk: Buffer): boolean {
    if (this.closed || this.#bodyless || chunk.length === 0) return true
    this.bytesOut += chunk.length
    return this.#out.write(chunk)
  }

  end(trailers: HeaderList | null = null): void {
    if (this.closed) return
    this.closed = true
    this.#out.end(trailers)
    this.#onEnded()
  }

  abort(error: ProxyError): void {
    if (this.closed) return
    this.closed = true
    this.#out.discard()
    this.#stream.close(abortCode(error))
  }

  /** HTTP/2 has no 101 (RFC 9113 section 8.6); no exchange of this protocol asks for one. */
  upgrade(): Upgraded {
    throw new ProxyError('upgrade_unsupported', { detail: 'HTTP/2 has no upgrade' })
  }

  /** The caller went away: what is written from now on is dropped. */
  callerGone(): void {
    this.closed = true
    this.#out.discard()
  }

  /** After `end`: the caller need not send the rest of its request. */
  closeWhenSent(): void {
    this.#out.closeWhenSent()
  }

  openStream(shape: Shape): ServerHttp2Stream | null {
    const stream = this.#stream
    if (stream.closed || stream.destroyed) return null
    const options = shape === 'empty' ? emptyHead : shape === 'whole' ? wholeHead : streamedHead
    try {
      stream.respond(this.#head, options)
    } catch {
      this.#reset()
      return null
    }
    return stream
  }

  onWritable(): void {
    if (!this.closed) this.onDrain?.()
  }

  /** What cannot be said in HTTP/2 (a status above 599, a value with control bytes) is not said in part: the stream is reset. */
  #reset(): void {
    this.closed = true
    this.#out.discard()
    this.#stream.close(errorCode.internalError)
  }
}
