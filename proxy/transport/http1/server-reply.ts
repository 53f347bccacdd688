/**
 * The reply sink of one HTTP/1.1 call: head, framing, body.
 *
 * Invariant: exactly as many bytes go out as the framing says, or the connection is cut off: a caller never takes
 * a truncated reply for a whole one, nor a part of this reply for the next.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import type { Reply, Upgraded } from '../../http/exchange.ts'
import type { HeaderList } from '../../http/headers.ts'
import { MalformedMessage } from './malformed-message.ts'
import type { Output } from './output.ts'
import { type ReplyFraming, encodeInterim, encodeReplyHead, encodeUpgrade, replyFraming } from './reply-encoder.ts'
import type { RequestHead } from './request-head.ts'
import { encodeTrailers } from './trailers.ts'

/** What a reply needs of its connection. */
export interface ReplyOwner {
  /**
   * Asked once, when the reply starts.
   * @param must the reply ends by closing.
   * @returns whether the connection will be closed after this reply.
   */
  closesAfterReply(must: boolean): boolean
  onReplyEnd(): void
  /** @param byReset the caller could otherwise take what it has for the whole. */
  onReplyAbort(byReset: boolean): void
  onUpgrade(): Upgraded
}

/** A reply that cannot be written is the fault of whom it came from. */
function refusal(error: unknown): unknown {
  if (!(error instanceof MalformedMessage)) return error
  return new ProxyError('upstream_protocol', { detail: `The answer cannot be sent on: it has ${error.message}.`, cause: error })
}

export class ServerReply implements Reply {
  started = false
  closed = false
  bytesOut = 0
  onDrain: (() => void) | null = null
  /** 100 was sent, so the caller sends its body. */
  hasContinued = false
  readonly #head: RequestHead
  readonly #output: Output
  readonly #owner: ReplyOwner
  #framing: ReplyFraming = 'none'

  constructor(head: RequestHead, output: Output, owner: ReplyOwner) {
    this.#head = head
    this.#output = output
    this.#owner = owner
  }

  /** @throws ProxyError `upstream_protocol` where a field cannot be written; nothing was sent then. */
  inform(status: number, headers: HeaderList): void {
    if (this.started || this.closed || this.#head.protocol === 'HTTP/1.0') return
    try {
      this.#output.text(encodeInterim(status, headers))
    } catch (error) {
      throw refusal(error)
    }
    if (status === 100) this.hasContinued = true
  }

  /** @throws ProxyError `upstream_protocol` where a field cannot be written; the reply has not started then. */
  start(status: number, headers: HeaderList, statusText = ''): void {
    if (this.started || this.closed) return
    try {
      this.#output.text(this.#encodeHead(status, headers, statusText))
    } catch (error) {
      throw refusal(error)
    }
    this.started = true
  }

  write(chunk: Buffer): boolean {
    if (!this.started || this.closed || this.#framing === 'none') return true
    this.bytesOut += chunk.length
    if (this.#framing === 'chunked') return this.#output.chunk(chunk)
    if (typeof this.#framing === 'number' && this.bytesOut > this.#framing) return this.#cutOff()
    return this.#output.bytes(chunk)
  }

  /** Trailers travel in chunked replies only. */
  end(trailers: HeaderList | null = null): void {
    if (!this.started || this.closed) return
    if (!this.#endBody(trailers)) return void this.#cutOff()
    this.closed = true
    this.#owner.onReplyEnd()
  }

  abort(): void {
    if (!this.closed) this.#cutOff()
  }

  upgrade(status: number, headers: HeaderList, statusText = ''): Upgraded {
    const { method, upgrade = '' } = this.#head
    try {
      // A 2xx to CONNECT has no framing (RFC 9110 section 9.3.6).
      this.#output.text(method === 'CONNECT' ? encodeInterim(status, headers) : encodeUpgrade(status, statusText, headers, upgrade))
    } catch (error) {
      throw refusal(error)
    }
    this.started = true
    this.closed = true
    return this.#owner.onUpgrade()
  }

  #encodeHead(status: number, headers: HeaderList, statusText: string): string {
    const framing = replyFraming(status, headers, this.#head)
    const closes = this.#owner.closesAfterReply(framing === 'close')
    this.#framing = framing
    return encodeReplyHead(status, statusText, headers, framing, closes, this.#head)
  }

  /** @returns false where the reply is shorter than it said, or its trailers cannot be written. */
  #endBody(trailers: HeaderList | null): boolean {
    if (typeof this.#framing === 'number') return this.bytesOut === this.#framing
    if (this.#framing !== 'chunked') return true
    try {
      this.#output.text(encodeTrailers(trailers))
      return true
    } catch {
      return false
    }
  }

  /** A body that ends by closing would look whole after an ordinary close. */
  #cutOff(): true {
    this.closed = true
    this.#owner.onReplyAbort(this.#framing === 'close')
    return true
  }
}
