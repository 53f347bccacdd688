/**
 * The requests bulkhead: how many calls to one upstream may be in progress at once, those that wait for a connection included.
 *
 * Invariant: `active <= limit`, over all threads that share the compartment, so a destination that hangs fills its own and no other.
 * It decides and never waits: a call beyond the limit is answered at once, without an attempt.
 * Connections, and the calls that wait for one, belong to pool/.
 */
import type { Duplex } from 'node:stream'
import { ProxyError } from '../error/proxy-error.ts'
import type { Dispatch, DispatchController, DispatchHandler } from '../http/dispatch.ts'
import type { HeaderList } from '../http/headers.ts'
import { refuse } from './refusal.ts'
import type { SharedCount } from './shared-count.ts'

export class Bulkhead {
  /** Calls of this thread in progress; an upgraded one until its socket has closed. */
  active = 0
  /** Calls refused since the upstream was created. */
  rejected = 0
  readonly #limit: number
  readonly #shared: SharedCount | null
  /** Made once: under overload, taking a stack trace for every refused call would cost more than the calls. */
  readonly #overflow: ProxyError
  #whenEmpty: (() => void) | null = null

  /** @param limit Envoy's `max_requests`; 0 refuses every call. @param shared counts for all threads that share the limit. */
  constructor(upstream: string, limit: number, shared: SharedCount | null = null) {
    this.#limit = limit
    this.#shared = shared
    this.#overflow = ProxyError.lasting('overflow', {
      upstream,
      retryAfterSeconds: 1,
      detail: `upstream ${upstream} has ${limit} calls in progress, as many as upstreams.${upstream}.bulkhead.requests allows`,
    })
  }

  readonly interceptor = (next: Dispatch): Dispatch => {
    return (call, handler) => {
      const full = this.#shared === null ? this.active >= this.#limit : !this.#shared.take(this.#limit)
      if (full) {
        this.rejected++
        refuse(handler, this.#overflow)
        return
      }
      this.active++
      next(call, new CountedCall(this, handler))
    }
  }

  /** Calls `empty` once, as soon as no call is in progress; at once if none is. */
  whenEmpty(empty: () => void): void {
    this.#whenEmpty = empty
    this.#tellIfEmpty()
  }

  /** One call has ended. */
  release(): void {
    this.active--
    this.#shared?.add(-1)
    this.#tellIfEmpty()
  }

  #tellIfEmpty(): void {
    if (this.active > 0 || this.#whenEmpty === null) return
    const empty = this.#whenEmpty
    this.#whenEmpty = null
    empty()
  }
}

/** Passes everything on, and gives the place back before the end is told, so that whoever is told may call again. */
class CountedCall implements DispatchHandler {
  readonly #bulkhead: Bulkhead
  readonly #handler: DispatchHandler

  constructor(bulkhead: Bulkhead, handler: DispatchHandler) {
    this.#bulkhead = bulkhead
    this.#handler = handler
  }

  onRequestStart(controller: DispatchController): void {
    this.#handler.onRequestStart(controller)
  }

  onRequestUpgrade(controller: DispatchController, status: number, headers: HeaderList, socket: Duplex): void {
    socket.once('close', () => this.#bulkhead.release())
    this.#handler.onRequestUpgrade(controller, status, headers, socket)
  }

  onResponseStart(controller: DispatchController, status: number, headers: HeaderList, statusText: string): void {
    this.#handler.onResponseStart(controller, status, headers, statusText)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData(controller, chunk)
  }

  onResponseEnd(controller: DispatchController, trailers: HeaderList | null): void {
    this.#bulkhead.release()
    this.#handler.onResponseEnd(controller, trailers)
  }

  onResponseError(controller: DispatchController, error: ProxyError): void {
    this.#bulkhead.release()
    this.#handler.onResponseError(controller, error)
  }
}
