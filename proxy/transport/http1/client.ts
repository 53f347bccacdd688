/**
 * The client side of one HTTP/1.1 connection: one call at a time, its answer read as strictly as a caller's request.
 *
 * Invariant: the connection takes another call only when the last one was sent and answered in full, both framed, and nothing
 * else came. Whatever breaks that closes it: bytes out of step would be taken for the answer to somebody else's call.
 */
import type { Socket } from 'node:net'
import { fromNodeError } from '../../error/node-error.ts'
import { ProxyError } from '../../error/proxy-error.ts'
import type { Dispatch } from '../../http/dispatch.ts'
import type { HeaderList } from '../../http/headers.ts'
import type { Peer } from '../../http/peer.ts'
import { defaultServerLimits } from '../../http/server-connection.ts'
import { lend } from '../../runtime/read-buffers.ts'
import { type Connection, type ConnectionOwner, maxInterimAnswers, Unserved } from '../connection.ts'
import { responseDecoder } from './body-decoder.ts'
import { type CallOwner, ClientCall } from './client-call.ts'
import { Input } from './input.ts'
import { MalformedMessage } from './malformed-message.ts'
import { Output } from './output.ts'
import { type ResponseHead, parseResponseHead } from './response-head.ts'
import type { ChunkReader, SocketReading } from './socket-reading.ts'
import { asOneRead } from './write-turn.ts'

/** The same for answers as for requests. */
const { headBytes, fields: maxFields } = defaultServerLimits

type State = 'open' | 'upgraded' | 'closed'

function ignore(): void {
  // Once the connection has been given up, how it ends is nobody's concern.
}

class ClientHttp1Connection implements Connection, CallOwner, ChunkReader {
  readonly endpoint: string
  readonly peer: Peer | undefined
  readonly #socket: Socket
  readonly #reading: SocketReading
  readonly #upstream: string
  readonly #owner: ConnectionOwner
  readonly #input = new Input()
  readonly #output: Output
  #state: State = 'open'
  #call: ClientCall | null = null
  #callsServed = 0
  #isClosing = false
  #isPumping = false
  #isReading = true
  /** The upstream has closed its side. */
  #hasEnded = false

  constructor(socket: Socket, reading: SocketReading, endpoint: string, upstream: string, owner: ConnectionOwner, peer: Peer | undefined) {
    this.#socket = socket
    this.#reading = reading
    this.endpoint = endpoint
    this.peer = peer
    this.#upstream = upstream
    this.#owner = owner
    this.#output = new Output(socket)
    socket.on('end', this.#onEnd).on('drain', this.#onDrain).on('error', this.#onError).on('close', this.#onClose)
    reading.begin(this)
  }

  get active(): number {
    return this.#call === null ? 0 : 1
  }

  get free(): number {
    return this.#state === 'open' && this.#call === null && !this.#isClosing && !this.#hasEnded ? 1 : 0
  }

  readonly dispatch: Dispatch = (call, handler) => {
    const current = new ClientCall(call, handler, this.#output, this)
    this.#call = current
    handler.onRequestStart(current)
    if (this.#call !== current) return
    // A CONNECT ends here: what follows in the tunnel is for the endpoint, the request itself is not.
    if (call.method === 'CONNECT') this.#handOver(current, 200, [])
    else this.#send(current)
  }

  close(): void {
    this.#isClosing = true
    if (this.#call === null && this.#state === 'open') this.#shut()
  }

  destroy(reason: ProxyError): void {
    if (this.#call !== null) this.failCall(this.#call, reason)
    else if (this.#state === 'open') this.#shut()
    else this.#socket.destroy()
  }

  onCallResumed(): void {
    this.#pump()
  }

  failCall(call: ClientCall, error: ProxyError): void {
    if (this.#call !== call) return
    if (this.#state === 'upgraded') return void this.#socket.destroy()
    this.#call = null
    call.sender.cancel()
    this.#shut()
    call.handler.onResponseError(call, error)
  }

  /** A head that cannot be written leaves the connection as it was. */
  #send(call: ClientCall): void {
    try {
      call.sender.start(call.call)
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      this.#call = null
      call.sender.cancel()
      this.#release(true)
      const detail = `The call cannot be sent to ${this.endpoint}: it has ${error.message}.`
      call.handler.onResponseError(call, new ProxyError('bad_request', { upstream: this.#upstream, detail, cause: error }))
    }
  }

  onChunk(chunk: Buffer): boolean {
    return asOneRead(this.#take, chunk)
  }

  readonly #take = (chunk: Buffer): boolean => {
    this.#input.append(chunk)
    if (this.#call !== null) this.#call.isAnswered = true
    this.#pump()
    return this.#input.release()
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    if (!this.#isPumping) this.#rest()
  }

  readonly #onDrain = (): void => {
    this.#call?.sender.onDrain()
  }

  readonly #onError = (error: Error): void => {
    if (this.#call !== null) this.failCall(this.#call, this.#broken(this.#call, error))
  }

  readonly #onClose = (): void => {
    if (this.#state === 'upgraded') {
      this.#call = null
      this.#shut()
    } else if (this.#call !== null) {
      this.failCall(this.#call, this.#closedEarly(this.#call))
    } else {
      this.#shut()
    }
  }

  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      while (this.#state === 'open' && this.#step());
    } finally {
      this.#isPumping = false
    }
    this.#rest()
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    const call = this.#call
    if (call === null) return this.#checkSilence()
    try {
      return call.decoder === null ? this.#readHead(call) : this.#readBody(call)
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      const detail = `The answer of ${this.endpoint} has ${error.message}.`
      this.failCall(call, new ProxyError('upstream_protocol', { upstream: this.#upstream, detail, cause: error }))
      return false
    }
  }

  /** Bytes that nobody asked for would be taken for the answer to the next call. */
  #checkSilence(): false {
    if (!this.#input.isEmpty) this.#shut()
    return false
  }

  #readHead(call: ClientCall): boolean {
    this.#input.skipEmptyLines()
    const text = this.#input.isEmpty ? null : this.#input.takeHead(headBytes)
    if (text === null) return false
    const head = parseResponseHead(text, maxFields)
    if (head.status === 101) return this.#switchProtocols(call, head)
    if (head.status >= 200) {
      call.keepsAlive = head.keepAlive
      call.decoder = responseDecoder(head.framing, call.call.method, head.status)
    } else if (++call.interimAnswers > maxInterimAnswers) {
      throw new MalformedMessage(`more than ${maxInterimAnswers} interim answers`)
    }
    call.handler.onResponseStart(call, head.status, head.headers, head.statusText)
    return this.#call === call
  }

  #readBody(call: ClientCall): boolean {
    const { decoder } = call
    const input = this.#input
    if (decoder === null) return false
    while (!decoder.done && !call.isPaused && !input.isEmpty) {
      input.at = decoder.read(input.bytes, input.at)
      if (decoder.content !== null) {
        lend(decoder.content)
        call.handler.onResponseData(call, decoder.content)
      }
      if (this.#call !== call) return false
    }
    if (decoder.done) this.#finish(call)
    return this.#call !== call
  }

  #finish(call: ClientCall): void {
    const trailers = call.decoder?.trailers ?? null
    this.#call = null
    this.#callsServed++
    call.sender.cancel()
    this.#release(call.keepsAlive && call.sender.isSent && this.#input.isEmpty)
    call.handler.onResponseEnd(call, trailers)
  }

  #release(isInStep: boolean): void {
    if (isInStep && !this.#isClosing && !this.#hasEnded) this.#owner.onAvailable(this)
    else this.#shut()
  }

  #switchProtocols(call: ClientCall, head: ResponseHead): false {
    if (call.call.upgrade === undefined) throw new MalformedMessage('the status 101, which was not asked for')
    // What is left of the body would be taken for the first bytes of the new protocol (RFC 9110 section 7.8).
    if (!call.sender.isSent) throw new MalformedMessage('the status 101 before the request was sent')
    const headers = head.upgrade === undefined ? head.headers : [...head.headers, 'Upgrade', head.upgrade]
    this.#handOver(call, head.status, headers)
    return false
  }

  /** The bytes that came behind the head are given back to the socket. */
  #handOver(call: ClientCall, status: number, headers: HeaderList): void {
    const socket = this.#socket
    this.#state = 'upgraded'
    socket.off('end', this.#onEnd).off('drain', this.#onDrain).off('error', this.#onError)
    socket.on('error', ignore).pause()
    this.#reading.handOver()
    if (!this.#input.isEmpty) socket.unshift(this.#input.takeRest())
    call.handler.onRequestUpgrade(call, status, headers, socket)
  }

  /** Nothing more can be done with the bytes at hand. */
  #rest(): void {
    if (this.#state !== 'open') return
    const call = this.#call
    // Not read on, lest every slow caller has us hold a chunk more. How the connection ends is seen when its bytes are wanted again.
    const isHeldBack = call !== null && call.isPaused && call.decoder !== null
    this.#read(!isHeldBack)
    if (!this.#hasEnded || (isHeldBack && !this.#input.isEmpty)) return
    if (call === null) this.#shut()
    else if (call.decoder?.close() === true) this.#finish(call)
    else this.failCall(call, this.#closedEarly(call))
  }

  #read(wanted: boolean): void {
    if (wanted === this.#isReading) return
    this.#isReading = wanted
    if (wanted) this.#socket.resume()
    else this.#socket.pause()
  }

  #closedEarly(call: ClientCall): ProxyError {
    const when = call.isAnswered ? 'within its answer' : 'before it answered'
    const detail = `${this.endpoint} closed the connection ${when}.`
    return new ProxyError('upstream_closed', { upstream: this.#upstream, detail, cause: this.#unserved(call, undefined) })
  }

  #broken(call: ClientCall, cause: Error): ProxyError {
    const error = fromNodeError(cause, 'exchange', this.#upstream, this.endpoint)
    return new ProxyError(error.code, { upstream: this.#upstream, detail: error.detail, cause: this.#unserved(call, cause) })
  }

  /** A kept-alive connection may be closed by the upstream while our call is on its way (RFC 9112 section 9.3.1). */
  #unserved(call: ClientCall, cause: Error | undefined): Error | undefined {
    if (call.isAnswered || this.#callsServed === 0) return cause
    return new Unserved('unknown', 'a kept-alive connection that had been closed')
  }

  #shut(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#input.clear()
    this.#socket.off('error', this.#onError).on('error', ignore).destroy()
    this.#owner.onClosed(this)
  }
}

/**
 * Speaks HTTP/1.1 on a connected socket.
 * @param endpoint `host:port`, for errors and logs. @param peer who it proved to be, with mTLS of the mesh.
 */
export function openHttp1(
  socket: Socket,
  reading: SocketReading,
  endpoint: string,
  upstreamName: string,
  owner: ConnectionOwner,
  peer?: Peer,
): Connection {
  return new ClientHttp1Connection(socket, reading, endpoint, upstreamName, owner, peer)
}
