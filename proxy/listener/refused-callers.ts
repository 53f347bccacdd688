/**
 * Says in the log which callers a listener did not let in, and why.
 *
 * Invariant: at most `maxLines` lines in `windowMs`, so that whoever knocks at the door all the time cannot fill the log;
 * what was not said is counted in the next line.
 */
import type { ProxyError } from '../error/proxy-error.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'

const windowMs = 10_000
const maxLines = 20

export class RefusedCallers {
  readonly #listener: string
  readonly #clock: Clock
  readonly #logger: Logger
  #windowEnds = -Infinity
  #lines = 0
  #unsaid = 0

  constructor(listener: string, clock: Clock, logger: Logger) {
    this.#listener = listener
    this.#clock = clock
    this.#logger = logger
  }

  say(error: ProxyError, caller: string): void {
    this.#beginWindow()
    if (this.#lines === maxLines) return void this.#unsaid++
    this.#lines++
    const more = this.#unsaid > 0 ? this.#unsaid : undefined
    this.#unsaid = 0
    this.#logger.warn('a caller was not let in', { listener: this.#listener, caller, reason: error.detail, more })
  }

  #beginWindow(): void {
    const now = this.#clock.now()
    if (now < this.#windowEnds) return
    this.#windowEnds = now + windowMs
    this.#lines = 0
  }
}
