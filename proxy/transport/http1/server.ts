/**
 * The server side of one HTTP/1.1 connection: requests in, one after the other, and their replies out in the same order.
 *
 * Invariants: the next request is not looked at before the reply to this one has ended and the caller reads its replies, and
 * meanwhile a bounded number of bytes is held; after a message that breaks the protocol, nothing more is read as HTTP.
 *
 * A caller that closes its side (FIN) while its call is in progress counts as gone, as in Envoy: HTTP clients that give up
 * do just that. Who asked in HTTP/1.0 or with `Connection: close` may half-close and still gets its answer.
 */
import type { Socket } from 'node:net'
import { problemReply } from '../../error/problem.ts'
import { ProxyError } from '../../error/proxy-error.ts'
import type { ListenerFacts, Upgraded } from '../../http/exchange.ts'
import type { Peer } from '../../http/peer.ts'
import type { ExchangeHandler, ServerConnection, ServerLimits } from '../../http/server-connection.ts'
import type { Clock } from '../../runtime/clock.ts'
import { free } from '../../runtime/read-buffers.ts'
import { Input } from './input.ts'
import { closeLingering } from './lingering-close.ts'
import { MovableTimer } from './movable-timer.ts'
import { Output } from './output.ts'
import { encodeReplyHead } from './reply-encoder.ts'
import type { BodyOwner } from './request-body.ts'
import { RequestReader } from './request-reader.ts'
import { type ConnectionFacts, ServerExchange } from './server-exchange.ts'
import { type ReplyOwner, ServerReply } from './server-reply.ts'
import { asOneRead } from './write-turn.ts'

/** `closed`: the socket is destroyed, or closes by itself; no more calls come. */
type State = 'open' | 'upgraded' | 'closed'

/** Held of what is not wanted yet, before the socket is no longer read; until then it is, so as to see the caller leave. */
const heldBytes = 64 * 1024
/** What of an unread body is dropped after the reply to keep the connection, before closing it is cheaper. */
const dropMs = 1_000
const dropBytes = 64 * 1024

const refusedCaller = { method: 'GET', protocol: 'HTTP/1.1' } as const

function ignore(): void {
  // A broken socket says so by `close` as well, which is where it is handled.
}

class ServerHttp1Connection implements ServerConnection, BodyOwner, ReplyOwner {
  readonly #socket: Socket
  readonly #facts: ConnectionFacts
  readonly #handler: ExchangeHandler
  readonly #limits: ServerLimits
  readonly #clock: Clock
  readonly #requests: RequestReader
  readonly #input = new Input()
  readonly #output: Output
  readonly #timer: MovableTimer
  #state: State = 'open'
  #exchange: ServerExchange | null = null
  #isPumping = false
  #isReading = true
  #isDraining = false
  /** The caller has closed its side. */
  #hasEnded = false
  /** The time limit for a head is running. */
  #hasHeadBegun = false
  /** No call is taken after this one. */
  #isLast = false

  constructor(socket: Socket, listener: ListenerFacts, handler: ExchangeHandler, limits: ServerLimits, clock: Clock, peer: Peer | null) {
    this.#socket = socket
    this.#handler = handler
    this.#limits = limits
    this.#facts = { listener, scheme: 'encrypted' in socket ? 'https' : 'http', callerAddress: socket.remoteAddress ?? '', peer }
    this.#clock = clock
    this.#requests = new RequestReader(this.#input, listener, limits)
    this.#output = new Output(socket)
    this.#timer = new MovableTimer(clock, () => this.#onTimeLimit())
  }

  begin(firstBytes: Buffer | undefined): void {
    const socket = this.#socket
    socket.on('data', this.#onData).on('end', this.#onEnd).on('drain', this.#onDrain).on('close', this.#onClose).on('error', ignore)
    if (firstBytes === undefined) this.#pump()
    else this.#onData(firstBytes)
    if (this.#state === 'open' && this.#isReading) socket.resume()
  }

  get active(): number {
    return this.#exchange !== null || (this.#state === 'upgraded' && !this.#socket.destroyed) ? 1 : 0
  }

  drain(): void {
    this.#isDraining = true
    if (this.#state === 'open' && this.#exchange === null && this.#input.isEmpty) this.#close()
  }

  destroy(): void {
    if (this.#state === 'upgraded') this.#socket.destroy()
    else this.#callerGone('The sidecar closed the connection.')
  }

  onBodyWanted(): void {
    this.#pump()
  }

  closesAfterReply(must: boolean): boolean {
    const received = this.#exchange?.received ?? null
    const mayNeverCome = this.#exchange?.expectsContinue === true && !this.#exchange.reply.hasContinued && received?.bytesIn === 0
    if (must || mayNeverCome || this.#isDraining || (received?.error ?? null) !== null) this.#isLast = true
    return this.#isLast
  }

  onReplyEnd(): void {
    const exchange = this.#exchange
    if (exchange !== null && !exchange.isReceived) {
      this.#timer.set(dropMs)
      exchange.received?.cancel()
    }
    this.#pump()
  }

  onReplyAbort(byReset: boolean): void {
    this.#output.flush()
    this.#giveUp('The reply was cut off.')
    if (byReset) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  onUpgrade(): Upgraded {
    const socket = this.#socket
    this.#state = 'upgraded'
    this.#exchange = null
    this.#timer.cancel()
    socket.off('data', this.#onData).off('end', this.#onEnd).off('drain', this.#onDrain).pause()
    this.#output.flush()
    return { stream: socket, early: this.#input.isEmpty ? null : this.#input.takeRest() }
  }

  readonly #onData = (chunk: Buffer): void => asOneRead(this.#take, chunk)

  readonly #take = (chunk: Buffer): void => {
    this.#input.append(chunk)
    this.#pump()
    if (this.#input.release()) free(chunk)
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    if (this.#state === 'open' && !this.#isPumping) this.#rest()
  }

  readonly #onDrain = (): void => {
    if (this.#exchange === null) this.#pump()
    else this.#exchange.reply.onDrain?.()
  }

  readonly #onClose = (): void => {
    if (this.#state === 'open') this.#callerGone('The caller closed the connection.')
    this.#state = 'closed'
    this.#timer.cancel()
  }

  /** One loop, however deep the calls that wake it: a thousand pipelined calls answered at once do not fill the stack. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      while (this.#state === 'open' && this.#step());
    } finally {
      this.#isPumping = false
    }
    if (this.#state === 'open') this.#rest()
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    const exchange = this.#exchange
    if (exchange === null) return !this.#socket.writableNeedDrain && this.#readRequest()
    exchange.received?.read(this.#input)
    return this.#exchange === exchange && exchange.reply.closed && this.#afterReply(exchange)
  }

  #readRequest(): boolean {
    const head = this.#requests.read()
    if (head === null) return false
    if (head instanceof ProxyError) return this.#refuse(head)
    this.#timer.clear()
    this.#hasHeadBegun = false
    this.#isLast = !head.keepAlive
    this.#exchange = new ServerExchange(head, this.#facts, new ServerReply(head, this.#output, this), this)
    this.#handler.onExchange(this.#exchange)
    return true
  }

  #afterReply(exchange: ServerExchange): boolean {
    if (!exchange.isReceived && (exchange.received?.bytesDropped ?? 0) <= dropBytes) return false
    this.#exchange = null
    const isBroken = !exchange.isReceived || (exchange.received?.error ?? null) !== null
    if (!isBroken && !this.#isLast && !this.#isDraining) return true
    return this.#close()
  }

  /** Nothing more can be done with the bytes at hand: what are we waiting for, and for how long? */
  #rest(): void {
    const exchange = this.#exchange
    const isUnread = exchange === null && this.#socket.writableNeedDrain
    this.#read(this.#mayRead(exchange, isUnread))
    if (isUnread) return this.#timer.set(this.#limits.idleTimeoutMs)
    if (this.#hasEnded && this.#isOver(exchange)) return
    if (exchange === null) this.#limitWait()
    else if (exchange.reply.closed) return
    else if (exchange.received?.wantsBytes === true) this.#timer.set(this.#limits.bodyTimeoutMs)
    else this.#timer.clear()
  }

  /** Who reads the body and is slow has us hold no more than what is read already; else a little is, so as to see the caller leave. */
  #mayRead(exchange: ServerExchange | null, isUnread: boolean): boolean {
    if (exchange?.received?.isHeldBack === true) return false
    return (exchange === null && !isUnread) || this.#input.length < heldBytes
  }

  #read(wanted: boolean): void {
    if (wanted === this.#isReading) return
    this.#isReading = wanted
    if (wanted) this.#socket.resume()
    else this.#socket.pause()
  }

  /** A head is limited from its first byte on, so that bytes that drip in do not extend it (slowloris). */
  #limitWait(): void {
    if (this.#input.isEmpty) this.#timer.set(this.#limits.idleTimeoutMs)
    else if (!this.#hasHeadBegun) this.#timer.set(this.#limits.headTimeoutMs)
    this.#hasHeadBegun = !this.#input.isEmpty
  }

  /** The caller has closed its side: what does that end? */
  #isOver(exchange: ServerExchange | null): boolean {
    const isEmpty = this.#input.isEmpty
    if (exchange === null) {
      if (isEmpty) this.#close()
      else this.#refuse(new ProxyError('bad_request', { detail: 'The request ends within its head.' }))
      return true
    }
    const isCutOff = !exchange.isReceived && exchange.received?.isCutOff(this.#input.length) === true
    const isGone = isCutOff || (!exchange.mayHalfClose && (isEmpty || !exchange.isReceived))
    if (isGone) this.#callerGone('The caller closed the connection.')
    return isGone
  }

  #onTimeLimit(): void {
    const exchange = this.#exchange
    if (exchange === null && this.#hasHeadBegun) this.#refuse(new ProxyError('head_timeout'))
    else if (exchange === null || exchange.reply.closed) this.#close()
    else this.#callerGone(`No byte of the request body came for ${this.#limits.bodyTimeoutMs} ms.`)
  }

  #refuse(error: ProxyError): false {
    const { status, headers, body } = problemReply(error)
    this.#output.text(encodeReplyHead(status, '', headers, body.length, true, refusedCaller))
    this.#output.bytes(body)
    this.#handler.onMalformed(error, { listener: this.#facts.listener, callerAddress: this.#facts.callerAddress, status })
    return this.#close()
  }

  #close(): false {
    this.#state = 'closed'
    this.#exchange = null
    this.#timer.cancel()
    this.#input.clear()
    this.#output.flush()
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).off('drain', this.#onDrain)
    closeLingering(this.#socket, this.#clock)
    return false
  }

  #callerGone(detail: string): void {
    this.#giveUp(detail)
    this.#socket.destroy()
  }

  /** Ends what is in progress, telling whoever answers and whoever reads the body. */
  #giveUp(detail: string): void {
    const exchange = this.#exchange
    this.#state = 'closed'
    this.#exchange = null
    this.#timer.cancel()
    this.#input.clear()
    if (exchange === null) return
    exchange.hangUp()
    exchange.received?.fail(new ProxyError('caller_gone', { detail }))
  }
}

/**
 * Serves HTTP/1.1 and 1.0 on an accepted socket until it closes. The socket must allow half-open.
 * @param firstBytes what was read of it before. @param peer who the caller proved to be.
 */
export function serveHttp1(
  socket: Socket,
  facts: ListenerFacts,
  handler: ExchangeHandler,
  limits: ServerLimits,
  clock: Clock,
  firstBytes?: Buffer,
  peer: Peer | null = null,
): ServerConnection {
  const connection = new ServerHttp1Connection(socket, facts, handler, limits, clock, peer)
  connection.begin(firstBytes)
  return connection
}
