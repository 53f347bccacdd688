/**
 * A time limit that is moved with every call and hardly ever passes: moving it writes a number, and makes a timer of the clock's
 * only when none is pending that fires early enough.
 */
import type { Clock, Timer } from '../../runtime/clock.ts'

export class MovableTimer {
  readonly #clock: Clock
  readonly #passed: () => void
  #at = Infinity
  #timer: Timer | null = null
  #firesAt = Infinity

  constructor(clock: Clock, passed: () => void) {
    this.#clock = clock
    this.#passed = passed
  }

  /** @param delayMs from now; 0 for never. */
  set(delayMs: number): void {
    if (delayMs === 0) return this.clear()
    this.#at = this.#clock.now() + delayMs
    if (this.#firesAt <= this.#at) return
    this.#timer?.cancel()
    this.#schedule(delayMs)
  }

  clear(): void {
    this.#at = Infinity
  }

  /** Clears it, and frees the clock's timer too. */
  cancel(): void {
    this.clear()
    this.#timer?.cancel()
    this.#timer = null
    this.#firesAt = Infinity
  }

  #schedule(delayMs: number): void {
    this.#firesAt = this.#clock.now() + delayMs
    this.#timer = this.#clock.after(delayMs, () => this.#fire())
  }

  #fire(): void {
    this.#timer = null
    this.#firesAt = Infinity
    if (this.#at === Infinity) return
    const left = this.#at - this.#clock.now()
    if (left > 0) return this.#schedule(left)
    this.clear()
    this.#passed()
  }
}
