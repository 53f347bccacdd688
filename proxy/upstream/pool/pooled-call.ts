/**
 * One call on its way through the pool: it waits, is sent, perhaps sent once more, and ends.
 *
 * Invariants: to those above it is one controller from beginning to end, whatever connections it goes through.
 * The handler hears of the end exactly once, within `abort` too, and nothing after it, even of a connection that goes on talking.
 */
import type { Duplex } from 'node:stream'
import type { ProxyError } from '../../error/proxy-error.ts'
import type { DispatchController, DispatchHandler, OutboundCall } from '../../http/dispatch.ts'
import type { HeaderList } from '../../http/headers.ts'
import type { Peer } from '../../http/peer.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { Linked } from '../linked-queue.ts'
import type { PooledConnection } from './pooled-connection.ts'
import { connectionIsLost, mayResend } from './resend.ts'

/** Finds an endpoint and a connection for a call, now or later, or fails it. */
export interface Placement {
  place(call: PooledCall): void
}

/** Where a call waits. */
export interface WaitingRoom {
  /** The call waits no more. */
  leave(call: PooledCall): void
}

export class PooledCall implements DispatchController, DispatchHandler, Linked<PooledCall> {
  next: PooledCall | null = null
  previous: PooledCall | null = null
  aborted = false
  /** It was not served once already, and wants a connection that has not stood idle: that one would likely do the same again. */
  fresh = false
  /** Order of arrival among those that wait. */
  ticket = 0
  room: WaitingRoom | null = null
  readonly call: OutboundCall
  readonly #handler: DispatchHandler
  readonly #placement: Placement
  #chosen: Endpoint | null = null
  #carrier: PooledConnection | null = null
  #connection: DispatchController | null = null
  #socket: Duplex | null = null
  #paused = false
  #answered = false
  #ended = false

  constructor(call: OutboundCall, handler: DispatchHandler, placement: Placement) {
    this.call = call
    this.#handler = handler
    this.#placement = placement
  }

  /** The connection that did not serve it. */
  get refusedBy(): PooledConnection | null {
    return this.fresh ? this.#carrier : null
  }

  get endpoint(): string | undefined {
    return this.#chosen?.address
  }

  get peer(): Peer | undefined {
    return this.#carrier?.connection?.peer
  }

  begin(): void {
    this.#handler.onRequestStart(this)
    if (!this.#ended) this.#placement.place(this)
  }

  /** From here on it counts as active there, until it ends. */
  choose(endpoint: Endpoint): void {
    if (this.#chosen !== null) this.#chosen.active--
    this.#chosen = endpoint
    endpoint.active++
  }

  /** @param carrier takes calls. */
  sendOn(carrier: PooledConnection): void {
    this.room = null
    this.#carrier = carrier
    carrier.connection?.dispatch(this.call, this)
  }

  /** Ends it from within the pool, where it waits no more. */
  fail(error: ProxyError): void {
    if (this.#ended) return
    this.#finish()
    this.#handler.onResponseError(this, error)
  }

  pause(): void {
    this.#paused = true
    this.#connection?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#connection?.resume()
  }

  abort(reason: ProxyError): void {
    this.#socket?.destroy()
    if (this.#ended) return
    this.aborted = true
    this.#finish()
    this.room?.leave(this)
    if (this.#connection !== null && !this.#answered && reason.code === 'deadline') this.#carrier?.isSilent()
    this.#connection?.abort(reason)
    this.#handler.onResponseError(this, reason)
  }

  onRequestStart(connection: DispatchController): void {
    this.#connection = connection
    if (this.#paused) connection.pause()
  }

  onRequestUpgrade(_connection: DispatchController, status: number, headers: HeaderList, socket: Duplex): void {
    if (this.#ended) return
    this.#ended = true
    this.#socket = socket
    socket.once('close', () => this.#leaveEndpoint())
    this.#handler.onRequestUpgrade(this, status, headers, socket)
  }

  onResponseStart(_connection: DispatchController, status: number, headers: HeaderList, statusText: string): void {
    if (this.#ended) return
    this.#answered = true
    this.#carrier?.answers()
    this.#handler.onResponseStart(this, status, headers, statusText)
  }

  onResponseData(_connection: DispatchController, chunk: Buffer): void {
    if (!this.#ended) this.#handler.onResponseData(this, chunk)
  }

  onResponseEnd(_connection: DispatchController, trailers: HeaderList | null): void {
    if (this.#ended) return
    this.#finish()
    this.#handler.onResponseEnd(this, trailers)
  }

  onResponseError(_connection: DispatchController, error: ProxyError): void {
    if (this.#ended) return
    if (this.fresh || this.#answered || !mayResend(this.call, error)) return this.fail(error)
    this.fresh = true
    this.#connection = null
    if (connectionIsLost(error)) this.#carrier?.abandon()
    this.#placement.place(this)
  }

  #finish(): void {
    this.#ended = true
    this.#leaveEndpoint()
  }

  #leaveEndpoint(): void {
    if (this.#chosen !== null) this.#chosen.active--
  }
}
