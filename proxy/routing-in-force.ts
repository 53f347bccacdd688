/**
 * The routing in force: what is configured, and put in force as a whole, one change after the other.
 *
 * Invariant: a change that comes to nothing (a reason against it, a port that cannot be had) leaves everything as it was.
 */
import type { ConfiguredRouting, Outcome } from './config/push/configured-routing.ts'
import type { VersionedRouting } from './config/push/routing-objects.ts'
import type { Clock } from './runtime/clock.ts'
import { inSlices, type Steps } from './runtime/steps.ts'

export interface RoutingInForceDeps {
  readonly clock: Clock
  /** @throws an Error with the reason when it comes to nothing. */
  put(routing: VersionedRouting): Promise<void>
  onApplied(version: string): void
}

export class RoutingInForce {
  readonly #deps: RoutingInForceDeps
  #configured: ConfiguredRouting
  #isOpen = false
  #last: Promise<void> = Promise.resolve()

  constructor(configured: ConfiguredRouting, deps: RoutingInForceDeps) {
    this.#deps = deps
    this.#configured = configured
  }

  get configured(): ConfiguredRouting {
    return this.#configured
  }

  /** Puts in force what is configured, unless a change has done so. @throws an Error that says what cannot be built, or which port cannot be had. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isOpen) await this.#put(this.#configured)
    })
  }

  /** Calls go on in between: long work is done in slices. @throws an Error with the reason why it came to nothing. */
  change(next: (configured: ConfiguredRouting) => Steps<Outcome>): Promise<void> {
    return this.#inTurn(async () => {
      const outcome = await inSlices(next(this.#configured), this.#deps.clock)
      if (!outcome.ok) throw new Error(outcome.reason)
      await this.#put(outcome.routing)
    })
  }

  /** One at a time: two that took over from the same routing would each close what the other one keeps. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  async #put(configured: ConfiguredRouting): Promise<void> {
    await this.#deps.put(configured)
    this.#configured = configured
    this.#isOpen = true
    this.#deps.onApplied(configured.version)
  }
}
