/**
 * How many calls of one pool wait uncovered (see lane.ts), and whether one more may: within the limit of this thread alone,
 * or of all threads that share it.
 */
import type { SharedCount } from '../shared-count.ts'

export class PendingTally {
  /** Of this thread. */
  pending = 0
  readonly #shared: SharedCount | null
  /** One is counted already that is about to begin to wait. */
  #taken = false

  constructor(shared: SharedCount | null) {
    this.#shared = shared
  }

  /** @returns whether one more may wait; it is expected to begin at once then, by `add`. */
  take(limit: number): boolean {
    if (this.#shared === null) return this.pending < limit
    this.#taken = this.#shared.take(limit)
    return this.#taken
  }

  exceeds(limit: number): boolean {
    return (this.#shared?.total ?? this.pending) > limit
  }

  /** @param more below 0 for fewer. */
  add(more: number): void {
    this.pending += more
    this.#shared?.add(this.#taken ? more - 1 : more)
    this.#taken = false
  }
}
