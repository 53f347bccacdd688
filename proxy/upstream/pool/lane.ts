/**
 * What the pool keeps for one endpoint: connections that take calls, calls that wait, and how the two will meet.
 *
 * A waiting call is covered while an opening connection is expected to take it; only uncovered ones are `pending`.
 * It holds and counts; the pool decides.
 */
import type { ConnectOptions } from '../../transport/connection.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { LinkedQueue } from '../linked-queue.ts'
import type { PendingTally } from './pending-tally.ts'
import type { PooledCall, WaitingRoom } from './pooled-call.ts'
import type { PooledConnection } from './pooled-connection.ts'

/** What an HTTP/2 connection is expected to take before the peer has said so: as much as it may take at all (transport/connection.ts). */
const http2Capacity = 100

export class Lane implements WaitingRoom {
  readonly endpoint: Endpoint
  readonly options: ConnectOptions
  /** The one used last is on top: it is the least likely to be closed by the peer just now, and the bottom grows idle. */
  readonly available: PooledConnection[] = []
  /** Opening ones included. */
  connections = 0
  /** This lane's part of `pending`. */
  uncovered = 0
  /** How many calls the next connection is expected to take. */
  capacity: number
  readonly #waiting = new LinkedQueue<PooledCall>()
  readonly #tally: PendingTally
  #coming = 0

  constructor(endpoint: Endpoint, options: ConnectOptions, tally: PendingTally) {
    this.endpoint = endpoint
    this.options = options
    this.capacity = options.protocol === 'http1' ? 1 : http2Capacity
    this.#tally = tally
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Ticket of the call that has waited longest; Infinity where none waits. */
  get oldestTicket(): number {
    return this.#waiting.first?.ticket ?? Number.POSITIVE_INFINITY
  }

  /** An opening connection is expected to take one more call than wait. */
  get covers(): boolean {
    return this.#coming > this.#waiting.length
  }

  /** How many calls fail with an opening connection that is expected to take so many: those that no other one covers. */
  lostWith(expected: number): number {
    return Math.max(0, Math.min(expected, this.#waiting.length - (this.#coming - expected)))
  }

  /** @param calls that an opening connection is expected to take; below 0 when it is opening no more. */
  expect(calls: number): void {
    this.#coming += calls
    this.#recount()
  }

  /** A connection has opened: with `auto`, only now it is known what it speaks. */
  learn(free: number): void {
    if (this.options.protocol !== 'http1') this.capacity = Math.max(1, free)
  }

  enter(call: PooledCall, ticket: number): void {
    call.ticket = ticket
    call.room = this
    this.#waiting.push(call)
    this.#recount()
  }

  leave(call: PooledCall): void {
    call.room = null
    this.#waiting.remove(call)
    this.#recount()
  }

  /** @returns the call that has waited longest, which waits no more. */
  takeOldest(): PooledCall | null {
    const call = this.#waiting.first
    if (call !== null) this.leave(call)
    return call
  }

  /** As `takeOldest`, past calls which that connection has refused and for which another one is opening. */
  takeOldestFor(connection: PooledConnection): PooledCall | null {
    let call = this.#waiting.first
    while (call !== null && call.refusedBy === connection && this.#coming > 0) call = call.next
    if (call !== null) this.leave(call)
    return call
  }

  /** @returns the call that came last, which waits no more. */
  takeNewest(): PooledCall | null {
    const call = this.#waiting.last
    if (call !== null) this.leave(call)
    return call
  }

  /** Takes the connection used last off the stack; null where none takes calls. */
  takeAvailable(): PooledConnection | null {
    for (let top = this.available.pop(); top !== undefined; top = this.available.pop()) {
      top.listed = false
      if (top.takesCalls) return top
    }
    return null
  }

  list(connection: PooledConnection): void {
    if (connection.listed) return
    connection.listed = true
    this.available.push(connection)
  }

  unlist(connection: PooledConnection): void {
    if (!connection.listed) return
    connection.listed = false
    this.available.splice(this.available.lastIndexOf(connection), 1)
  }

  #recount(): void {
    const uncovered = Math.max(0, this.#waiting.length - this.#coming)
    if (uncovered !== this.uncovered) this.#tally.add(uncovered - this.uncovered)
    this.uncovered = uncovered
  }
}
