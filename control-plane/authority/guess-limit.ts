/**
 * How many wrong tokens one address may show: after that it is refused without a look, until its minute is over.
 *
 * Invariant: memory is bounded; with more addresses than it keeps, the one that began first is forgotten.
 */
import type { Clock } from '../../proxy/runtime/clock.ts'

/** `last` is the guess that used the allowance up. */
export type GuessStanding = 'allowed' | 'last' | 'refused'

const guesses = 10
const windowMs = 60_000
const maxAddresses = 10_000

export class GuessLimit {
  readonly #clock: Clock
  readonly #windows = new Map<string, { readonly since: number; wrong: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  mayGuess(address: string): boolean {
    return (this.#window(address)?.wrong ?? 0) < guesses
  }

  /** @returns whether this address will be looked at again within its minute. */
  wrong(address: string): GuessStanding {
    const window = this.#window(address) ?? this.#begin(address)
    window.wrong++
    if (window.wrong < guesses) return 'allowed'
    return window.wrong === guesses ? 'last' : 'refused'
  }

  #window(address: string) {
    const window = this.#windows.get(address)
    if (window === undefined || this.#clock.now() - window.since < windowMs) return window
    this.#windows.delete(address)
    return undefined
  }

  #begin(address: string) {
    const [oldest] = this.#windows.keys()
    if (this.#windows.size >= maxAddresses && oldest !== undefined) this.#windows.delete(oldest)
    const window = { since: this.#clock.now(), wrong: 0 }
    this.#windows.set(address, window)
    return window
  }
}
