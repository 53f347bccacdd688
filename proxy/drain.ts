/**
 * The drain: not ready first, then no new connections, then the end of what is in progress, all within stated times.
 */
import type { DrainConfig } from './config/schema/bootstrap.ts'
import type { Clock, Timer } from './runtime/clock.ts'

export type DrainState = 'serving' | 'delaying' | 'draining' | 'drained'

/** What is being drained. */
export interface Drainable {
  /** Calls, mirrors and compensations in progress. */
  inProgress(): number
  /** Accept no more; tell callers to go elsewhere. */
  stopAccepting(): void
}

export class Drain {
  readonly #config: DrainConfig
  readonly #clock: Clock
  readonly #target: Drainable
  #state: DrainState = 'serving'
  #timeout: Timer | null = null
  #drained: () => void = () => undefined
  /** Resolves when nothing is in progress any more, or the time is up. */
  readonly done: Promise<void>

  constructor(config: DrainConfig, clock: Clock, target: Drainable) {
    this.#config = config
    this.#clock = clock
    this.#target = target
    this.done = new Promise((resolve) => {
      this.#drained = resolve
    })
  }

  get state(): DrainState {
    return this.#state
  }

  /** Harmless when a drain is under way. */
  begin(): void {
    if (this.#state !== 'serving') return
    this.#state = 'delaying'
    if (this.#config.delay === 0) return this.#stopAccepting()
    this.#clock.after(this.#config.delay, () => this.#stopAccepting())
  }

  /** To be called whenever something that was in progress has ended. */
  progressed(): void {
    if (this.#state === 'draining' && this.#target.inProgress() === 0) this.#finish()
  }

  #stopAccepting(): void {
    this.#state = 'draining'
    this.#target.stopAccepting()
    this.#timeout = this.#clock.after(this.#config.timeout, () => this.#finish())
    this.progressed()
  }

  #finish(): void {
    if (this.#state === 'drained') return
    this.#state = 'drained'
    this.#timeout?.cancel()
    this.#drained()
  }
}
