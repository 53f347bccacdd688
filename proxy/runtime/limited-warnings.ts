/**
 * Warnings that somebody outside can cause as often as he likes: said in the log, but not more often than the log can bear.
 *
 * Invariant: at most `maxLines` lines in `windowMs`; what was not said is counted in `more` of the next line.
 */
import type { Clock } from './clock.ts'
import type { LogFields, Logger } from './logger.ts'

const windowMs = 10_000
const maxLines = 20

export class LimitedWarnings {
  readonly #message: string
  readonly #clock: Clock
  readonly #logger: Logger
  #windowEnds = -Infinity
  #lines = 0
  #unsaid = 0

  constructor(message: string, clock: Clock, logger: Logger) {
    this.#message = message
    this.#clock = clock
    this.#logger = logger
  }

  say(fields: LogFields): void {
    this.#beginWindow()
    if (this.#lines === maxLines) return void this.#unsaid++
    this.#lines++
    const more = this.#unsaid > 0 ? this.#unsaid : undefined
    this.#unsaid = 0
    this.#logger.warn(this.#message, { ...fields, more })
  }

  #beginWindow(): void {
    const now = this.#clock.now()
    if (now < this.#windowEnds) return
    this.#windowEnds = now + windowMs
    this.#lines = 0
  }
}
