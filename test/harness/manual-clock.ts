/**
 * A clock that stands still until a test moves it. Timers fire in order of their time, within `advance`.
 */
import type { Clock } from '../../proxy/runtime/clock.ts'

interface Pending {
  readonly at: number
  readonly fire: () => void
}

export class ManualClock implements Clock {
  #now = 0
  readonly #pending = new Set<Pending>()
  readonly #epochMs: number

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#epochMs + this.#now
  }

  after(delayMs: number, fire: () => void): { cancel(): void } {
    const timer = { at: this.#now + Math.max(0, delayMs), fire }
    this.#pending.add(timer)
    return { cancel: () => void this.#pending.delete(timer) }
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#pending.size
  }

  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#pending.delete(next)
      this.#now = next.at
      next.fire()
    }
    this.#now = end
  }

  #earliest(end: number): Pending | undefined {
    let earliest: Pending | undefined
    for (const timer of this.#pending) {
      if (timer.at <= end && (earliest === undefined || timer.at < earliest.at)) earliest = timer
    }
    return earliest
  }
}
