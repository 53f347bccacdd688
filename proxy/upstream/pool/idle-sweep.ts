/**
 * Closes kept-alive connections that have been idle for too long: one timer for the whole pool, and only while something is idle.
 */
import type { Clock, Timer } from '../../runtime/clock.ts'
import type { PooledConnection } from './pooled-connection.ts'

export class IdleSweep {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #connections: ReadonlySet<PooledConnection>
  readonly #close: (connection: PooledConnection) => void
  #timer: Timer | null = null

  /** @param idleMs 0 keeps idle connections for ever. */
  constructor(clock: Clock, idleMs: number, connections: ReadonlySet<PooledConnection>, close: (connection: PooledConnection) => void) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#connections = connections
    this.#close = close
  }

  /** The connection has become idle. */
  watch(connection: PooledConnection): void {
    connection.idleSince = this.#clock.now()
    if (this.#idleMs === 0) return
    this.#timer ??= this.#clock.after(this.#idleMs, () => this.#sweep())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #sweep(): void {
    this.#timer = null
    const now = this.#clock.now()
    let longestMs = -1
    for (const connection of this.#connections) {
      if (!connection.idle) continue
      const idleMs = now - connection.idleSince
      if (idleMs >= this.#idleMs) this.#close(connection)
      else if (idleMs > longestMs) longestMs = idleMs
    }
    if (longestMs >= 0) this.#timer = this.#clock.after(this.#idleMs - longestMs, () => this.#sweep())
  }
}
