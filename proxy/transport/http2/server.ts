/**
 * A caller's HTTP/2 connection (RFC 9113), on node:http2: its streams become exchanges.
 *
 * Invariants: at most `maxStreams` exchanges at once; a stream that its caller has reset already never becomes one;
 * after `drain` no new ones begin. What nghttp2 refuses by itself (broken frames, malformed fields) is reset without a word from here.
 */
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { problemReply } from '../../error/problem.ts'
import { ProxyError } from '../../error/proxy-error.ts'
import type { ListenerFacts } from '../../http/exchange.ts'
import type { Peer } from '../../http/peer.ts'
import type { ExchangeHandler, ServerConnection, ServerLimits } from '../../http/server-connection.ts'
import type { Clock } from '../../runtime/clock.ts'
import { http2 } from '../../runtime/on-demand.ts'
import { errorCode } from './error-code.ts'
import { type ConnectionFacts, Http2Exchange } from './exchange.ts'
import { IdleTimer } from './idle-timer.ts'
import { stopPeerWhenWritten } from './outgoing.ts'
import { readRequestHead, type RequestHead } from './request-head.ts'
import { ResetBudget } from './reset-budget.ts'
import { ReceiveWindow } from './receive-window.ts'
import { connectionWindowBytes, serverOptions, wholeHead } from './settings.ts'
import { isFramingError } from './stream-error.ts'

/** How long the caller gets to close its side after the last stream; then the socket is cut. */
const lingerMs = 1_000

class Http2ServerConnection implements ServerConnection {
  active = 0
  readonly #socket: Socket
  readonly #session: ServerHttp2Session
  readonly #handler: ExchangeHandler
  readonly #limits: ServerLimits
  readonly #clock: Clock
  readonly #facts: ConnectionFacts
  readonly #resets: ResetBudget
  readonly #idle: IdleTimer
  readonly #window: ReceiveWindow
  /** The caller's SETTINGS have come. */
  #hasSettings = false

  constructor(socket: Socket, listener: ListenerFacts, handler: ExchangeHandler, limits: ServerLimits, clock: Clock, peer: Peer | null) {
    this.#socket = socket
    this.#handler = handler
    this.#limits = limits
    this.#clock = clock
    this.#facts = { listener, callerAddress: socket.remoteAddress ?? '', peer, bodyTimeoutMs: limits.bodyTimeoutMs, clock }
    this.#resets = new ResetBudget(clock)
    this.#idle = new IdleTimer(clock, limits.idleTimeoutMs, () => this.#onIdle())
    // A caller that has closed its side is gone: in HTTP/2 both directions live or end together.
    socket.allowHalfOpen = false
    this.#session = http2().performServerHandshake(socket, serverOptions(limits))
    this.#window = new ReceiveWindow(this.#session)
    this.#listen()
    this.#idle.touch()
  }

  drain(): void {
    this.#session.close()
    if (this.active === 0) this.#linger()
  }

  destroy(): void {
    this.#session.destroy()
    this.#socket.destroy()
  }

  #listen(): void {
    const session = this.#session
    session.setLocalWindowSize(connectionWindowBytes)
    session.on('stream', (stream, _headers, _flags, raw) => this.#onStream(stream, raw))
    session.once('remoteSettings', () => {
      this.#hasSettings = true
    })
    session.on('error', (error) => this.#onSessionError(error))
    session.on('close', () => this.#idle.stop())
  }

  #onStream(stream: ServerHttp2Stream, raw: readonly string[]): void {
    // Errors of a stream are told by its 'close'; without a listener they would end the process.
    stream.on('error', () => {})
    if (stream.closed || stream.destroyed) return this.#onReset()
    let head: RequestHead
    try {
      head = readRequestHead(raw, this.#limits)
    } catch (error) {
      return this.#refuse(stream, error)
    }
    this.#serve(stream, new Http2Exchange(stream, head, this.#facts, this.#window))
  }

  #serve(stream: ServerHttp2Stream, exchange: Http2Exchange): void {
    this.active++
    this.#window.streamOpened()
    stream.once('aborted', () => {
      const premature = !exchange.reply.started && !exchange.reply.closed
      exchange.callerGone()
      if (premature) this.#onReset()
    })
    stream.once('close', () => {
      exchange.callerGone()
      this.#onExchangeOver()
    })
    this.#handler.onExchange(exchange)
  }

  #onExchangeOver(): void {
    this.active--
    this.#window.streamClosed()
    if (this.active > 0) return
    if (this.#session.closed) this.#linger()
    else this.#idle.touch()
  }

  #onReset(): void {
    if (this.#session.destroyed || !this.#resets.spend()) return
    const error = new ProxyError('bad_request', { detail: 'too many streams reset before their answer' })
    this.#report(error, 0)
    this.#session.destroy(error, errorCode.enhanceYourCalm)
    this.#linger()
  }

  /** A malformed request is an error of its stream only: the frames are still in step (RFC 9113 section 8.1.1). */
  #refuse(stream: ServerHttp2Stream, cause: unknown): void {
    const error = cause instanceof ProxyError ? cause : new ProxyError('internal', { cause })
    const { status, headers, body } = problemReply(error)
    stream.respond([':status', String(status), ...headers], wholeHead)
    stream.end(body)
    stopPeerWhenWritten(stream)
    this.#report(error, status)
  }

  #report(error: ProxyError, status: number): void {
    this.#handler.onMalformed(error, { listener: this.#facts.listener, callerAddress: this.#facts.callerAddress, status })
  }

  /**
   * Told only of callers that never got as far as HTTP/2: grpc-go leaves with a GOAWAY that nghttp2 takes for a breach
   * (it names a stream of the caller's own), and the two cannot be told apart. Calls cut short are logged as such anyway.
   */
  #onSessionError(cause: Error): void {
    if (this.#hasSettings || !isFramingError(cause)) return
    this.#report(new ProxyError('bad_request', { detail: `HTTP/2: ${cause.message}`, cause }), 0)
  }

  #onIdle(): void {
    if (this.active === 0) this.drain()
    else this.#idle.touch()
  }

  #linger(): void {
    this.#clock.after(lingerMs, () => this.#socket.destroy())
  }
}

/**
 * Serves HTTP/2 on a connection whose first bytes (the client preface, or a part of it) have been read already.
 * The socket must not be read by anybody else any more.
 * @param peer who the caller proved to be.
 */
export function serveHttp2(
  socket: Socket,
  firstBytes: Buffer,
  facts: ListenerFacts,
  handler: ExchangeHandler,
  limits: ServerLimits,
  clock: Clock,
  peer: Peer | null = null,
): ServerConnection {
  // A socket that flows would give the bytes back to nobody.
  socket.pause()
  if (firstBytes.length > 0) socket.unshift(firstBytes)
  return new Http2ServerConnection(socket, facts, handler, limits, clock, peer)
}
