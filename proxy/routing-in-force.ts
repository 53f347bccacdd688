/**
 * The routing in force: made ready, and swapped in as a whole, one change after the other.
 *
 * Invariant: a change that comes to nothing (a reason against it, a port that cannot be had) leaves everything as it was.
 */
import type { ConfiguredRouting, Outcome } from './config/push/configured-routing.ts'
import type { ListenerSet } from './listener/listener-set.ts'
import type { Clock } from './runtime/clock.ts'
import { atOnce, inSlices, type Steps } from './runtime/steps.ts'
import { buildSnapshot, type Snapshot, type SnapshotDeps } from './snapshot.ts'
import { retire } from './upstream-set.ts'

export interface RoutingInForceDeps extends SnapshotDeps {
  readonly clock: Clock
  readonly listeners: () => ListenerSet
  readonly onApplied: (version: string) => void
}

export class RoutingInForce {
  readonly #deps: RoutingInForceDeps
  #configured: ConfiguredRouting
  #snapshot: Snapshot
  #last: Promise<void> = Promise.resolve()

  /** @throws an Error that says what cannot be built. */
  constructor(configured: ConfiguredRouting, deps: RoutingInForceDeps) {
    this.#deps = deps
    this.#configured = configured
    this.#snapshot = atOnce(buildSnapshot(configured, null, deps))
  }

  get configured(): ConfiguredRouting {
    return this.#configured
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** Opens the ports of what is in force. @throws an Error that says which cannot be had. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#deps.listeners().replace([...this.#snapshot.routing.listeners.values()], () => undefined)
      this.#deps.onApplied(this.#snapshot.version)
    })
  }

  /** Calls go on in between: long work is done in slices. @throws an Error with the reason why it came to nothing. */
  change(next: (configured: ConfiguredRouting) => Steps<Outcome>): Promise<void> {
    return this.#inTurn(() => this.#change(next))
  }

  close(): void {
    retire(this.#snapshot.upstreams, null)
  }

  /** One at a time: two that took over from the same snapshot would each close what the other one keeps. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  async #change(next: (configured: ConfiguredRouting) => Steps<Outcome>): Promise<void> {
    const { clock } = this.#deps
    const outcome = await inSlices(next(this.#configured), clock)
    if (!outcome.ok) throw new Error(outcome.reason)
    const snapshot = await inSlices(buildSnapshot(outcome.routing, this.#snapshot, this.#deps), clock)
    await this.#swap(outcome.routing, snapshot)
    this.#deps.onApplied(snapshot.version)
  }

  async #swap(configured: ConfiguredRouting, snapshot: Snapshot): Promise<void> {
    const previous = this.#snapshot
    try {
      await this.#deps.listeners().replace([...snapshot.routing.listeners.values()], () => {
        this.#configured = configured
        this.#snapshot = snapshot
      })
    } catch (error) {
      retire(snapshot.upstreams, previous.upstreams)
      throw error
    }
    retire(previous.upstreams, snapshot.upstreams)
  }
}
