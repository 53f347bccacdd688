/**
 * A place among the workers: there is a worker in it, or one on its way. One that ends is replaced, and brought to where the others are.
 *
 * Invariant: a worker serves new connections only when it has the routing that is in force. One that ends again and again is started
 * ever more rarely, so that it does not cost the others their time.
 */
import type { VersionedRouting } from '../config/push/routing-objects.ts'
import { backoffMs } from '../runtime/backoff.ts'
import type { Clock, Timer } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import type { Told, WorkerOwner } from './worker-handle.ts'

/** A worker, as far as its place has to do with it. */
export interface PlacedWorker {
  /** Resolves when it can be asked; rejects when it ended before. */
  readonly ready: Promise<void>
  prepare(routing: VersionedRouting): Promise<void>
  apply(): Promise<unknown>
  end(): Promise<void>
}

export interface PlaceDeps<W extends PlacedWorker> {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Starts a thread. */
  start(owner: WorkerOwner): W
  /** In force; null before the first one is. */
  routing(): VersionedRouting | null
  onTold(worker: W, message: Told): void
  /** The worker takes connections from now on. */
  onServing(): void
  onEnded(worker: W): void
}

/** Who has served for so long is replaced at once, whatever there was before. */
const steadyMs = 10_000
const restart = { baseMs: 500, maxMs: 30_000 }

export class WorkerPlace<W extends PlacedWorker> {
  readonly index: number
  /** Worker threads that took the place of one that ended. */
  restarts = 0
  readonly #deps: PlaceDeps<W>
  #worker: W | null = null
  #isServing = false
  #servingSince = 0
  #failures = 0
  #timer: Timer | null = null
  #reason: string | undefined
  /** Why the worker is ended by us. */
  #refusal: string | undefined
  /** Who ends is replaced. */
  #isKept = false

  constructor(index: number, deps: PlaceDeps<W>) {
    this.index = index
    this.#deps = deps
  }

  /** Serves connections that are there, and with what is in force new ones; null while it does not. */
  get serving(): W | null {
    return this.#isServing ? this.#worker : null
  }

  /** There is a thread, whether or not it has the routing in force. */
  get worker(): W | null {
    return this.#worker
  }

  /** Why there is none that serves; undefined when there is one, or one on its way for the first time. */
  get problem(): string | undefined {
    return this.#isServing ? undefined : this.#reason
  }

  /** The first one. @throws (rejects) the reason why it cannot be started; nobody comes after it then. */
  async start(): Promise<void> {
    await this.#start().ready
    this.#isKept = true
    this.#serve()
  }

  /** There is another routing in force than the worker was given. Resolves when it has that, or has ended. */
  async catchUp(): Promise<void> {
    const worker = this.#worker
    this.#isServing = false
    if (worker !== null) await this.#bringUp(worker)
  }

  /** Who ends from now on is not replaced. */
  leave(): void {
    this.#isKept = false
    this.#timer?.cancel()
  }

  #start(): W {
    const worker: W = this.#deps.start({
      onTold: (message) => this.#deps.onTold(worker, message),
      onEnded: (reason) => this.#ended(worker, reason),
    })
    this.#worker = worker
    return worker
  }

  #replace(): void {
    this.restarts++
    void this.#bringUp(this.#start())
  }

  /** What is in force may change while it is made ready. */
  async #bringUp(worker: W): Promise<void> {
    const deps = this.#deps
    try {
      await worker.ready
      for (let given: VersionedRouting | null = null; given !== deps.routing();) {
        given = deps.routing()
        if (given === null) break
        await worker.prepare(given)
        await worker.apply()
      }
      this.#serve()
      if (this.#reason !== undefined) deps.logger.info('a worker thread serves again', { worker: this.index })
      this.#reason = undefined
    } catch (error) {
      if (worker !== this.#worker) return
      this.#refusal = error instanceof Error ? error.message : String(error)
      await worker.end()
    }
  }

  #serve(): void {
    this.#isServing = true
    this.#servingSince = this.#deps.clock.now()
    this.#deps.onServing()
  }

  #ended(worker: W, reason: string): void {
    const { clock, logger } = this.#deps
    const wasSteady = this.#isServing && clock.now() - this.#servingSince >= steadyMs
    this.#worker = null
    this.#isServing = false
    this.#deps.onEnded(worker)
    if (!this.#isKept) return
    if (wasSteady) this.#failures = 0
    this.#reason = this.#refusal ?? reason
    this.#refusal = undefined
    const restartInMs = this.#failures === 0 ? 0 : Math.round(backoffMs(restart, this.#failures - 1, this.#deps.random))
    this.#failures++
    logger.error('a worker thread has ended and is replaced', { worker: this.index, reason: this.#reason, restartInMs })
    this.#timer = clock.after(restartInMs, () => this.#replace())
  }
}
