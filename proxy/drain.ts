/**
 * The drain: not ready first, then no new connections, then the end of what is in progress, all within stated times.
 */
import type { DrainConfig } from './config/schema/bootstrap.ts'
import type { Clock, Timer } from './runtime/clock.ts'

export type DrainState = 'serving' | 'delaying' | 'draining' | 'drained'

/** What is being drained. */
export interface Drainable {
  /** Accepts no more, tells callers to go elsewhere. Resolves when no call, mirror or compensation is in progress any more. */
  drain(): Promise<void>
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

  #stopAccepting(): void {
    this.#state = 'draining'
    this.#timeout = this.#clock.after(this.#config.timeout, () => this.#finish())
    void this.#target.drain().then(() => this.#finish())
  }

  #finish(): void {
    if (this.#state === 'drained') return
    this.#state = 'drained'
    this.#timeout?.cancel()
    this.#drained()
  }
}
