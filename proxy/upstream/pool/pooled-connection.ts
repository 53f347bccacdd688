/**
 * A connection in the pool, from the moment at which it begins to open. It is the owner that the connection reports to.
 */
import type { Connection, ConnectionOwner } from '../../transport/connection.ts'
import type { Lane } from './lane.ts'

export interface ConnectionEvents {
  connectionAvailable(connection: PooledConnection): void
  connectionGone(connection: PooledConnection): void
  connectionAnswers(): void
  connectionIsSilent(): void
}

export class PooledConnection implements ConnectionOwner {
  readonly lane: Lane
  /** How many waiting calls it is expected to take when it has opened. */
  readonly expected: number
  /** null while it opens. */
  connection: Connection | null = null
  /** Cancels the opening. */
  cancel: (() => void) | null = null
  /** It stands on its lane's `available`. */
  listed = false
  /** It counts no more, whatever it still does. */
  gone = false
  /** When its last call ended. */
  idleSince = 0
  readonly #events: ConnectionEvents

  constructor(lane: Lane, events: ConnectionEvents) {
    this.lane = lane
    this.expected = lane.capacity
    this.#events = events
  }

  get takesCalls(): boolean {
    return !this.gone && this.connection !== null && this.connection.free > 0
  }

  get idle(): boolean {
    return this.listed && this.connection !== null && this.connection.active === 0
  }

  onAvailable(): void {
    this.#events.connectionAvailable(this)
  }

  onClosed(): void {
    this.#events.connectionGone(this)
  }

  /** A call has the head of its answer. */
  answers(): void {
    this.#events.connectionAnswers()
  }

  /** A call ran out of time before it had an answer. */
  isSilent(): void {
    this.#events.connectionIsSilent()
  }

  /** A call found out that it is of no use, before it said so itself. */
  abandon(): void {
    this.#events.connectionGone(this)
    this.connection?.close()
  }
}
