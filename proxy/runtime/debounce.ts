/**
 * Many changes in a row become one: it waits until it was quiet for a while, but never longer than a limit.
 */
import type { Clock, Timer } from './clock.ts'

export interface DebounceLimits {
  readonly quietMs: number
  /** From the first change on. */
  readonly longestMs: number
}

export class Debounce {
  readonly #limits: DebounceLimits
  readonly #clock: Clock
  readonly #fire: () => void
  #timer: Timer | null = null
  #firstAt = 0

  constructor(limits: DebounceLimits, clock: Clock, fire: () => void) {
    this.#limits = limits
    this.#clock = clock
    this.#fire = fire
  }

  touch(): void {
    const now = this.#clock.now()
    if (this.#timer === null) this.#firstAt = now
    this.#timer?.cancel()
    const left = this.#firstAt + this.#limits.longestMs - now
    this.#timer = this.#clock.after(Math.max(0, Math.min(this.#limits.quietMs, left)), () => this.#fired())
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #fired(): void {
    this.#timer = null
    this.#fire()
  }
}
