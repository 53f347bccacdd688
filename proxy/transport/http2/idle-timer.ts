/**
 * Fires when nothing was touched for a while. One timer for many touches: it re-arms itself for what is left.
 */
import type { Clock, Timer } from '../../runtime/clock.ts'

export class IdleTimer {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #onIdle: () => void
  #touchedAt = 0
  #timer: Timer | null = null

  /** @param limitMs 0 for never. */
  constructor(clock: Clock, limitMs: number, onIdle: () => void) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#onIdle = onIdle
  }

  /** Starts the timer, or puts it off. */
  touch(): void {
    if (this.#limitMs === 0) return
    this.#touchedAt = this.#clock.now()
    this.#timer ??= this.#clock.after(this.#limitMs, () => this.#fire())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #fire(): void {
    this.#timer = null
    const leftMs = this.#touchedAt + this.#limitMs - this.#clock.now()
    if (leftMs <= 0) this.#onIdle()
    else this.#timer = this.#clock.after(leftMs, () => this.#fire())
  }
}
