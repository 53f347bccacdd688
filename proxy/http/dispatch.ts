/**
 * The seam towards upstreams, in undici's shape: a dispatcher takes a call and calls a handler, an interceptor wraps a dispatcher.
 *
 * It differs from undici's in two points, both for the sake of fidelity: headers are the list as received (case, order, repeats),
 * and `onRequestStart` is called synchronously within dispatch, so that a call can be aborted while it still waits for a connection.
 *
 * Order of a handler's calls: onRequestStart, then any number of onResponseStart with a status below 200, then either
 * onRequestUpgrade, or onResponseStart, onResponseData..., onResponseEnd; onResponseError may come in place of anything after
 * onRequestStart and is the last. Nothing is called after `abort`, but onResponseError exactly once if the call had not ended.
 */
import type { Duplex } from 'node:stream'
import type { ProxyError } from '../error/proxy-error.ts'
import type { BodySource } from './body.ts'
import type { HeaderList } from './headers.ts'
import type { Peer } from './peer.ts'

/** What goes to one destination. Frozen once dispatched: an interceptor that changes it makes a copy. */
export interface OutboundCall {
  readonly method: string
  /** Value of Host or `:authority`. */
  readonly authority: string
  /** Path and query, origin form, or `*`. */
  readonly path: string
  /** End-to-end fields only; Host and Content-Length as place holders (see exchange.ts). */
  readonly headers: HeaderList
  readonly body: BodySource | null
  readonly upgrade: string | undefined
  /** On the clock's `now`; Infinity for none. */
  readonly deadline: number
  /** For `balance: hash` by source. */
  readonly callerAddress: string
}

export interface DispatchController {
  readonly aborted: boolean
  /** `host:port` that the call went to; undefined before one was chosen. */
  readonly endpoint: string | undefined
  /** Who the upstream proved to be; undefined without mTLS of the mesh, and before the call was sent. */
  readonly peer?: Peer | undefined
  /** Stops onResponseData until `resume`. Harmless at any time. */
  pause(): void
  resume(): void
  /** Ends the call: frees what waits, resets the stream or closes the connection. The handler gets `reason` in onResponseError. */
  abort(reason: ProxyError): void
}

export interface DispatchHandler {
  onRequestStart(controller: DispatchController): void
  /** The upstream's 101 (RFC 9110 section 7.8): from here on, bytes both ways. */
  onRequestUpgrade(controller: DispatchController, status: number, headers: HeaderList, socket: Duplex): void
  onResponseStart(controller: DispatchController, status: number, headers: HeaderList, statusText: string): void
  onResponseData(controller: DispatchController, chunk: Buffer): void
  onResponseEnd(controller: DispatchController, trailers: HeaderList | null): void
  onResponseError(controller: DispatchController, error: ProxyError): void
}

export type Dispatch = (call: OutboundCall, handler: DispatchHandler) => void

export type Interceptor = (next: Dispatch) => Dispatch
