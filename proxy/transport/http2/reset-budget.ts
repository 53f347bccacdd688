/**
 * How many streams a caller may open and reset again before their answer began (CVE-2023-44487, "rapid reset"):
 * each costs us a call and the caller nothing.
 */
import type { Clock } from '../../runtime/clock.ts'

/** Far above what cancelling callers do, far below what hurts. */
export const resetLimit = 200
export const resetWindowMs = 10_000

export class ResetBudget {
  readonly #clock: Clock
  #windowStart = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes one reset down. @returns true when it was one too many within the window. */
  spend(): boolean {
    const now = this.#clock.now()
    if (now - this.#windowStart >= resetWindowMs) {
      this.#windowStart = now
      this.#count = 0
    }
    this.#count++
    return this.#count > resetLimit
  }
}
