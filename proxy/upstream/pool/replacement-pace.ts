/**
 * How soon a connection may replace one on which a call ran out of time without an answer.
 *
 * An upstream that hangs has every connection given up, one for each call, and each one closed and opened again costs time
 * that other calls wait for. While the last thing known of an upstream is that it did not answer, one connection opens in each interval;
 * the first answer ends that.
 */
import type { Clock } from '../../runtime/clock.ts'

export class ReplacementPace {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #onReady: () => void
  #silent = false
  #openedAt = Number.NEGATIVE_INFINITY
  #waits = false

  /** @param intervalMs 0 for at once. @param onReady called when a connection may open after `allows` said no. */
  constructor(clock: Clock, intervalMs: number, onReady: () => void) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#onReady = onReady
  }

  /** Whether a connection may open now. */
  allows(): boolean {
    if (!this.#silent) return true
    const leftMs = this.#openedAt + this.#intervalMs - this.#clock.now()
    if (leftMs <= 0) return true
    this.#wait(leftMs)
    return false
  }

  opened(): void {
    if (this.#intervalMs > 0) this.#openedAt = this.#clock.now()
  }

  /** A call ran out of time, and there was no answer. */
  unanswered(): void {
    this.#silent = this.#intervalMs > 0
  }

  answered(): void {
    this.#silent = false
  }

  #wait(delayMs: number): void {
    if (this.#waits) return
    this.#waits = true
    this.#clock.after(delayMs, () => {
      this.#waits = false
      this.#onReady()
    })
  }
}
