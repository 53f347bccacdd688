/**
 * A connection to an upstream that speaks HTTP/2, on node:http2: up to `maxStreams` calls at once, fewer where the peer wants fewer.
 *
 * Invariants: `active` counts streams until they have closed, as the peer does; `onClosed` is told once, and no call begins afterwards.
 */
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { ProxyError } from '../../error/proxy-error.ts'
import type { Dispatch } from '../../http/dispatch.ts'
import type { Peer } from '../../http/peer.ts'
import type { Clock } from '../../runtime/clock.ts'
import { http2 } from '../../runtime/on-demand.ts'
import { type Connection, type ConnectionOwner, Unserved } from '../connection.ts'
import { type CallHost, ClientCall } from './client-call.ts'
import { KeepAlive } from './keepalive.ts'
import type { Shape } from './outgoing.ts'
import { ReceiveWindow } from './receive-window.ts'
import { clientOptions, connectionWindowBytes, maxStreams } from './settings.ts'
import { streamFailure } from './stream-error.ts'

/** How long the peer gets to close its side after the last call; then the socket is cut. */
const lingerMs = 1_000

const emptyOptions = { endStream: true }
const wholeOptions = { endStream: false }
const streamedOptions = { endStream: false, waitForTrailers: true }

class Http2Connection implements Connection, CallHost {
  readonly endpoint: string
  readonly peer: Peer | undefined
  readonly scheme: 'http' | 'https'
  readonly upstream: string
  readonly window: ReceiveWindow
  readonly #socket: Socket
  readonly #session: ClientHttp2Session
  readonly #owner: ConnectionOwner
  readonly #clock: Clock
  readonly #calls = new Set<ClientCall>()
  readonly #keepAlive: KeepAlive
  #peerStreams = maxStreams
  #retired = false
  #proven = false
  #error: Error | null = null
  /** The last stream that the peer will look at, once it has said so. */
  #lastServed = Number.POSITIVE_INFINITY

  constructor(socket: Socket, endpoint: string, upstream: string, owner: ConnectionOwner, clock: Clock, peer: Peer | undefined) {
    this.endpoint = endpoint
    this.peer = peer
    this.scheme = 'encrypted' in socket ? 'https' : 'http'
    this.upstream = upstream
    this.#socket = socket
    this.#owner = owner
    this.#clock = clock
    // A peer that has closed its side is gone: in HTTP/2 both directions live or end together.
    socket.allowHalfOpen = false
    this.#session = http2().connect('http://localhost', { ...clientOptions, createConnection: () => socket })
    this.window = new ReceiveWindow(this.#session)
    const isBusy = (): boolean => this.active > 0
    this.#keepAlive = new KeepAlive(
      this.#session,
      clock,
      () => socket.bytesRead,
      isBusy,
      () => this.#onDead(),
    )
    this.#listen()
  }

  get active(): number {
    return this.#calls.size
  }

  get free(): number {
    return this.#retired ? 0 : Math.max(0, this.#peerStreams - this.#calls.size)
  }

  readonly dispatch: Dispatch = (outbound, handler) => {
    const call = new ClientCall(this, outbound, handler)
    this.#calls.add(call)
    this.window.streamOpened()
    this.#keepAlive.wake()
    call.run()
  }

  close(): void {
    this.#retire()
    if (this.active === 0) this.#shut()
  }

  destroy(reason: ProxyError): void {
    this.#retire()
    for (const call of this.#calls) call.fail(reason)
    this.#session.destroy()
    this.#socket.destroy()
  }

  request(wire: string[], shape: Shape): ClientHttp2Stream {
    if (this.#session.closed || this.#session.destroyed) throw this.#notTaken()
    return this.#session.request(wire, shape === 'empty' ? emptyOptions : shape === 'whole' ? wholeOptions : streamedOptions)
  }

  failureOf(call: ClientCall, stream: ClientHttp2Stream, error: Error | null): ProxyError {
    // The session tells its own end only after its streams': a call that is tried again must not come back here.
    if (this.#session.destroyed) this.#retire()
    return streamFailure({
      upstream: this.upstream,
      endpoint: this.endpoint,
      rstCode: stream.rstCode ?? 0,
      sessionOver: this.#session.destroyed,
      beyondGoaway: (stream.id ?? 0) > this.#lastServed,
      error: this.#error ?? error,
      keptAlive: this.#proven && !call.answered,
    })
  }

  onAnswer(): void {
    this.#proven = true
  }

  release(call: ClientCall): void {
    this.#calls.delete(call)
    this.window.streamClosed()
    if (!this.#retired) this.#owner.onAvailable(this)
    else if (this.#calls.size === 0) this.#shut()
  }

  #listen(): void {
    const session = this.#session
    session.setLocalWindowSize(connectionWindowBytes)
    session.on('remoteSettings', ({ maxConcurrentStreams = maxStreams }) => this.#onPeerLimit(maxConcurrentStreams))
    session.on('goaway', (_code, lastStream) => this.#onGoaway(lastStream))
    session.on('error', (error) => this.#onError(error))
    session.on('close', () => this.#onSessionClose())
    this.#socket.once('close', () => this.#retire())
  }

  #onPeerLimit(streams: number): void {
    const before = this.free
    this.#peerStreams = Math.min(maxStreams, streams)
    if (this.free > before) this.#owner.onAvailable(this)
  }

  #onGoaway(lastStream: number): void {
    this.#lastServed = lastStream
    this.#retire()
  }

  /** Calls in progress learn it by the 'close' of their streams. */
  #onError(error: Error): void {
    this.#error = error
    this.#retire()
  }

  #onSessionClose(): void {
    this.#keepAlive.stop()
    this.#retire()
  }

  #onDead(): void {
    const detail = `${this.endpoint} of upstream ${this.upstream} does not answer pings`
    this.destroy(new ProxyError('upstream_closed', { upstream: this.upstream, detail }))
  }

  #retire(): void {
    if (this.#retired) return
    this.#retired = true
    this.#owner.onClosed(this)
  }

  #shut(): void {
    this.#keepAlive.stop()
    this.#session.destroy()
    this.#clock.after(lingerMs, () => this.#socket.destroy())
  }

  #notTaken(): ProxyError {
    const detail = `${this.endpoint} of upstream ${this.upstream} is going away`
    return new ProxyError('upstream_closed', { upstream: this.upstream, detail, cause: new Unserved('no', 'connection is closing') })
  }
}

/** @param socket connected, and through with TLS where it has TLS; nobody else reads it. @param upstream name, for errors. @param peer who it proved to be. */
export function openHttp2(
  socket: Socket,
  endpoint: string,
  upstream: string,
  owner: ConnectionOwner,
  clock: Clock,
  peer?: Peer,
): Connection {
  return new Http2Connection(socket, endpoint, upstream, owner, clock, peer)
}
