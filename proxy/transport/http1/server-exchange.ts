/**
 * One call of an HTTP/1.1 connection, as the rest of the sidecar sees it.
 */
import { type BodySource, BufferBody } from '../../http/body.ts'
import type { Exchange, ListenerFacts, Protocol } from '../../http/exchange.ts'
import type { HeaderList } from '../../http/headers.ts'
import type { Peer } from '../../http/peer.ts'
import { requestDecoder } from './body-decoder.ts'
import { type BodyOwner, RequestBody } from './request-body.ts'
import type { RequestHead } from './request-head.ts'
import type { ServerReply } from './server-reply.ts'

/** What is the same for every call of one connection. */
export interface ConnectionFacts {
  readonly listener: ListenerFacts
  readonly scheme: 'http' | 'https'
  readonly callerAddress: string
  readonly peer: Peer | null
}

const noBytes = Buffer.alloc(0)

function bodyOf(head: RequestHead, owner: BodyOwner): BodySource | null {
  const { framing } = head
  if (framing === 'none') return null
  if (framing === 0) return new BufferBody(noBytes)
  return new RequestBody(framing === 'chunked' ? undefined : framing, requestDecoder(framing), owner)
}

export class ServerExchange implements Exchange {
  readonly reply: ServerReply
  readonly body: BodySource | null
  /** The body while it comes from the socket; null where there is none or an empty one. */
  readonly received: RequestBody | null
  onCallerGone: (() => void) | null = null
  readonly #head: RequestHead
  readonly #facts: ConnectionFacts

  constructor(head: RequestHead, facts: ConnectionFacts, reply: ServerReply, owner: BodyOwner) {
    this.#head = head
    this.#facts = facts
    this.reply = reply
    this.body = bodyOf(head, owner)
    this.received = this.body instanceof RequestBody ? this.body : null
  }

  get listener(): ListenerFacts {
    return this.#facts.listener
  }

  get protocol(): Protocol {
    return this.#head.protocol
  }

  get scheme(): 'http' | 'https' {
    return this.#facts.scheme
  }

  get method(): string {
    return this.#head.method
  }

  get authority(): string {
    return this.#head.authority
  }

  get path(): string {
    return this.#head.path
  }

  get headers(): HeaderList {
    return this.#head.headers
  }

  get expectsContinue(): boolean {
    return this.#head.expectsContinue
  }

  get upgrade(): string | undefined {
    return this.#head.upgrade
  }

  get callerAddress(): string {
    return this.#facts.callerAddress
  }

  get peer(): Peer | null {
    return this.#facts.peer
  }

  get bytesIn(): number {
    return this.received?.bytesIn ?? 0
  }

  /** No part of the body is to come any more. */
  get isReceived(): boolean {
    return this.received === null || this.received.isSettled
  }

  /**
   * A caller of HTTP/1.0, or one that said `Connection: close`, may close its side once it has asked, and still gets its answer.
   * Who asked for a tunnel and leaves before it stands, wants none.
   */
  get mayHalfClose(): boolean {
    return !this.#head.keepAlive && this.#head.method !== 'CONNECT'
  }

  /** The way back to the caller is gone; says so where somebody is still answering. */
  hangUp(): void {
    if (this.reply.closed) return
    this.reply.closed = true
    this.onCallerGone?.()
  }
}
