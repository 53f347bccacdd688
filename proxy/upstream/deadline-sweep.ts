/**
 * One timer for the deadlines of all calls of an upstream, in place of one timer a call.
 *
 * It stands at the earliest moment at which a call could be due. A call that ends or moves bytes does not touch it:
 * when it fires too early, it is set again. So a call costs a link in a queue, and a timer of its own only when it is due before all others.
 */
import type { Clock, Timer } from '../runtime/clock.ts'
import { type Linked, LinkedQueue } from './linked-queue.ts'

export interface Due<T> extends Linked<T> {
  /** On the clock's `now`; Infinity for never. May move while the call goes on; whoever moves it to an earlier time must say so by `hasten`. */
  dueAt(now: number): number
  /** Its time has come. Removes itself. */
  expire(now: number): void
}

/**
 * When a destination hangs, hundreds of calls can be due in one moment, and each costs a connection closed and another opened.
 * They go a few at a time, so that calls to other destinations do not wait behind all of them.
 */
const atOnce = 4
const pauseMs = 1

export class DeadlineSweep<T extends Due<T>> {
  readonly #clock: Clock
  readonly #calls = new LinkedQueue<T>()
  #timer: Timer | null = null
  #firesAt = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(call: T, dueAt: number): void {
    this.#calls.push(call)
    this.hasten(dueAt)
  }

  remove(call: T): void {
    this.#calls.remove(call)
  }

  /** Makes sure that the calls are looked at by then. */
  hasten(dueAt: number): void {
    if (dueAt >= this.#firesAt) return
    this.#timer?.cancel()
    this.#firesAt = dueAt
    this.#timer = this.#clock.after(dueAt - this.#clock.now(), () => this.#fire())
  }

  #fire(): void {
    this.#timer = null
    this.#firesAt = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    const expired: T[] = []
    let earliest = Number.POSITIVE_INFINITY
    for (let call = this.#calls.first; call !== null; call = call.next) {
      const dueAt = call.dueAt(now)
      if (dueAt <= now && expired.length < atOnce) expired.push(call)
      else earliest = Math.min(earliest, Math.max(dueAt, now + pauseMs))
    }
    this.hasten(earliest)
    for (const call of expired) call.expire(now)
  }
}
