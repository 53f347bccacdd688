/**
 * The deadlines of a call: the time that it was given, `timeout.request`, and `timeout.idle`, whichever passes first.
 *
 * Invariant: a call never outlives them, whatever the upstream does; it ends as `deadline` (504, flag UT) with a detail that names the limit.
 * Waiting for a connection counts. An answer of `text/event-stream` is meant to stay open, so `timeout.request` ends with its head;
 * a deadline that route or caller set still holds. After an upgrade only `timeout.idle` is left.
 * The connect timeout belongs to transport/.
 */
import type { Duplex } from 'node:stream'
import { ProxyError } from '../error/proxy-error.ts'
import type { Dispatch, DispatchController, DispatchHandler, Interceptor, OutboundCall } from '../http/dispatch.ts'
import { getHeader, type HeaderList } from '../http/headers.ts'
import type { Clock } from '../runtime/clock.ts'
import { DeadlineSweep } from './deadline-sweep.ts'
import { refuse } from './refusal.ts'
import { byteCounter } from './upgraded-socket.ts'
import { WatchedBody, withWatchedBody } from './watched-body.ts'

export interface DeadlineLimits {
  /** From dispatch to the end of the answer. 0 for none. */
  readonly requestMs: number
  /** Without a byte in either direction. 0 for none. */
  readonly idleMs: number
}

/** What all calls of one upstream share. */
interface Deadlines {
  readonly upstream: string
  readonly limits: DeadlineLimits
  readonly clock: Clock
  readonly sweep: DeadlineSweep<TimedCall>
}

export function deadlines(upstream: string, limits: DeadlineLimits, clock: Clock): Interceptor {
  const shared: Deadlines = { upstream, limits, clock, sweep: new DeadlineSweep(clock) }
  return (next: Dispatch): Dispatch =>
    (call, handler) => {
      const now = clock.now()
      if (call.deadline <= now) {
        refuse(handler, passedBefore(upstream))
        return
      }
      const watched = withWatchedBody(call)
      next(watched, new TimedCall(shared, watched, handler, now))
    }
}

function passedBefore(upstream: string): ProxyError {
  return new ProxyError('deadline', { upstream, detail: `the deadline of the call had passed before it was sent to upstream ${upstream}` })
}

function isEventStream(headers: HeaderList): boolean {
  const type = getHeader(headers, 'content-type')
  return type !== undefined && type.length >= 17 && type.slice(0, 17).toLowerCase() === 'text/event-stream'
}

class TimedCall implements DispatchHandler {
  next: TimedCall | null = null
  previous: TimedCall | null = null
  readonly #shared: Deadlines
  readonly #handler: DispatchHandler
  readonly #startedAt: number
  readonly #deadline: number
  #controller: DispatchController | null = null
  #requestEnds: number
  #movedAt: number
  #ended = false
  #upgraded: { readonly socket: Duplex; readonly bytes: () => number; seen: number } | null = null

  constructor(shared: Deadlines, call: OutboundCall, handler: DispatchHandler, now: number) {
    const { requestMs } = shared.limits
    this.#shared = shared
    this.#handler = handler
    this.#startedAt = now
    this.#movedAt = now
    this.#deadline = call.deadline
    this.#requestEnds = requestMs === 0 ? Number.POSITIVE_INFINITY : now + requestMs
    if (call.body instanceof WatchedBody && shared.limits.idleMs !== 0) call.body.onMoved = () => this.#moved()
  }

  dueAt(now: number): number {
    const { idleMs } = this.#shared.limits
    if (this.#upgraded !== null) return this.#upgradedDueAt(now)
    const limit = Math.min(this.#deadline, this.#requestEnds)
    return idleMs === 0 ? limit : Math.min(limit, this.#movedAt + idleMs)
  }

  expire(now: number): void {
    if (this.#ended) return
    const error = this.#error(now)
    if (this.#upgraded === null) this.#controller?.abort(error)
    else this.#upgraded.socket.destroy(error)
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    this.#shared.sweep.add(this, this.dueAt(this.#startedAt))
    this.#handler.onRequestStart(controller)
  }

  onRequestUpgrade(controller: DispatchController, status: number, headers: HeaderList, socket: Duplex): void {
    const bytes = byteCounter(socket)
    this.#moved()
    this.#upgraded = { socket, bytes, seen: bytes() }
    this.#shared.sweep.hasten(this.dueAt(this.#movedAt))
    socket.once('close', () => this.#end())
    this.#handler.onRequestUpgrade(controller, status, headers, socket)
  }

  onResponseStart(controller: DispatchController, status: number, headers: HeaderList, statusText: string): void {
    this.#moved()
    if (status >= 200 && isEventStream(headers)) this.#requestEnds = Number.POSITIVE_INFINITY
    this.#handler.onResponseStart(controller, status, headers, statusText)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    this.#moved()
    this.#handler.onResponseData(controller, chunk)
  }

  onResponseEnd(controller: DispatchController, trailers: HeaderList | null): void {
    this.#end()
    this.#handler.onResponseEnd(controller, trailers)
  }

  onResponseError(controller: DispatchController, error: ProxyError): void {
    this.#end()
    this.#handler.onResponseError(controller, error)
  }

  #moved(): void {
    if (this.#shared.limits.idleMs !== 0) this.#movedAt = this.#shared.clock.now()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#shared.sweep.remove(this)
  }

  /** Nobody tells when an upgraded socket moves bytes: its counters are read four times in the time allowed. */
  #upgradedDueAt(now: number): number {
    const { idleMs } = this.#shared.limits
    const upgraded = this.#upgraded
    if (upgraded === null || idleMs === 0) return Number.POSITIVE_INFINITY
    const bytes = upgraded.bytes()
    if (bytes !== upgraded.seen) this.#movedAt = now
    upgraded.seen = bytes
    const endsAt = this.#movedAt + idleMs
    return endsAt <= now ? endsAt : Math.min(endsAt, now + idleMs / 4)
  }

  #error(now: number): ProxyError {
    const { upstream, limits } = this.#shared
    const key = `upstreams.${upstream}.timeout`
    let detail = `no byte moved between here and upstream ${upstream} for ${limits.idleMs} ms (${key}.idle)`
    if (this.#upgraded === null && now >= this.#requestEnds) {
      detail = `no complete answer from upstream ${upstream} within ${limits.requestMs} ms (${key}.request)`
    }
    if (this.#upgraded === null && now >= this.#deadline) {
      const givenMs = Math.round(this.#deadline - this.#startedAt)
      detail = `no complete answer from upstream ${upstream} within the ${givenMs} ms that the call had left (timeout of route or destination, or the caller's own)`
    }
    return new ProxyError('deadline', { upstream, detail })
  }
}
