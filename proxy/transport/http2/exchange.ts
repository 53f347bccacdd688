/**
 * One call of a caller that speaks HTTP/2: one stream.
 *
 * Invariant: when the caller resets the stream or its connection ends before the reply has, `onCallerGone` is called once,
 * then the body fails. A request that is still being sent when the reply is complete is stopped, unless somebody reads it.
 */
import type { ServerHttp2Stream } from 'node:http2'
import { ProxyError } from '../../error/proxy-error.ts'
import type { BodySink, BodySource } from '../../http/body.ts'
import type { Exchange, ListenerFacts, Protocol } from '../../http/exchange.ts'
import { getHeader, type HeaderList } from '../../http/headers.ts'
import type { Peer } from '../../http/peer.ts'
import type { Clock } from '../../runtime/clock.ts'
import { errorCode } from './error-code.ts'
import { IdleTimer } from './idle-timer.ts'
import { Incoming } from './incoming.ts'
import type { ReceiveWindow } from './receive-window.ts'
import { Http2Reply } from './reply.ts'
import { declaredLength, type RequestHead } from './request-head.ts'

/** What all exchanges of a connection have in common. */
export interface ConnectionFacts {
  readonly listener: ListenerFacts
  readonly callerAddress: string
  readonly peer: Peer | null
  readonly bodyTimeoutMs: number
  readonly clock: Clock
}

/** The request body; tells its exchange when the reader lost interest. */
class RequestBody implements BodySource {
  readonly length: number | undefined
  readonly incoming: Incoming
  readonly #timer: IdleTimer | null
  readonly #onCancel: () => void

  /** Bodies of undeclared length may be silent for as long as they like: a streaming call often is. */
  constructor(stream: ServerHttp2Stream, headers: HeaderList, facts: ConnectionFacts, window: ReceiveWindow, onCancel: () => void) {
    this.length = declaredLength(headers)
    this.incoming = new Incoming(stream, this.length, stream.state.remoteClose === 1, window)
    this.#onCancel = onCancel
    if (this.length === undefined || this.incoming.complete) this.#timer = null
    else this.#timer = new IdleTimer(facts.clock, facts.bodyTimeoutMs, () => this.#idle(stream))
  }

  start(sink: BodySink): void {
    const timer = this.#timer
    if (timer === null) return this.incoming.start(sink)
    timer.touch()
    this.incoming.start({
      onBodyData: (chunk) => {
        timer.touch()
        sink.onBodyData(chunk)
      },
      onBodyEnd: (trailers) => {
        timer.stop()
        sink.onBodyEnd(trailers)
      },
      onBodyError: (error) => {
        timer.stop()
        sink.onBodyError(error)
      },
    })
  }

  pause(): void {
    this.#timer?.stop()
    this.incoming.pause()
  }

  resume(): void {
    if (this.incoming.started && !this.incoming.complete) this.#timer?.touch()
    this.incoming.resume()
  }

  cancel(): void {
    this.#timer?.stop()
    this.incoming.cancel()
    this.#onCancel()
  }

  #idle(stream: ServerHttp2Stream): void {
    if (!this.incoming.complete) stream.close(errorCode.cancel)
  }
}

export class Http2Exchange implements Exchange {
  readonly listener: ListenerFacts
  readonly protocol: Protocol = 'HTTP/2'
  readonly scheme: 'http' | 'https'
  readonly method: string
  readonly authority: string
  readonly path: string
  readonly headers: HeaderList
  readonly body: RequestBody | null
  readonly expectsContinue: boolean
  readonly upgrade = undefined
  readonly callerAddress: string
  readonly peer: Peer | null
  readonly reply: Http2Reply
  onCallerGone: (() => void) | null = null

  constructor(stream: ServerHttp2Stream, head: RequestHead, facts: ConnectionFacts, window: ReceiveWindow) {
    this.listener = facts.listener
    this.callerAddress = facts.callerAddress
    this.peer = facts.peer
    this.scheme = facts.peer === null ? head.scheme : 'https'
    this.method = head.method
    this.authority = head.authority
    this.path = head.path
    this.headers = head.headers
    this.reply = new Http2Reply(stream, head.method, () => this.#settle())
    this.body = stream.endAfterHeaders ? null : new RequestBody(stream, head.headers, facts, window, () => this.#settle())
    this.expectsContinue = this.body !== null && getHeader(head.headers, 'expect')?.toLowerCase() === '100-continue'
  }

  get bytesIn(): number {
    return this.body === null ? 0 : this.body.incoming.bytes
  }

  /** The stream was reset or has closed. Harmless after the reply's end, but for a body that is still being read. */
  callerGone(): void {
    if (!this.reply.closed) {
      this.reply.callerGone()
      const gone = this.onCallerGone
      this.onCallerGone = null
      gone?.()
    }
    this.body?.incoming.fail(new ProxyError('caller_gone', { detail: 'the caller reset the stream' }))
  }

  #settle(): void {
    if (!this.reply.closed || this.body === null) return
    const { complete, started, cancelled } = this.body.incoming
    if (!complete && (cancelled || !started)) this.reply.closeWhenSent()
  }
}
