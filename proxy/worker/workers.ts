/**
 * The workers together: they serve what the main thread accepts, by one routing, and report as one.
 *
 * Invariant: a routing is in force in all of them or in none: it is made ready everywhere, then the ports are opened that are new,
 * then it is applied everywhere. Nothing can be against it any more by then.
 */
import type { VersionedRouting } from '../config/push/routing-objects.ts'
import type { DrainConfig } from '../config/schema/bootstrap.ts'
import type { ListenerConfig } from '../config/schema/listener.ts'
import { listenerKey, ListenerSet } from '../listener/listener-set.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import type { ServedFigures } from '../telemetry/metrics/gauges.ts'
import type { UpstreamFigures } from '../upstream/upstream.ts'
import { openAcceptingListener } from './accepting-listener.ts'
import type { CallServing } from './call-serving.ts'
import { HandOver } from './hand-over.ts'
import type { WorkerStart } from './messages.ts'
import { ReportSum } from './report-sum.ts'
import { noRouting } from './routing-change.ts'
import { SharedCells } from './shared-cells.ts'
import { type Told, WorkerHandle, type WorkerOwner } from './worker-handle.ts'
import { WorkerPlace } from './worker-place.ts'

export interface WorkersDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly drain: DrainConfig
  /** What a worker is started with now, besides its place. */
  startWith(): Pick<WorkerStart, 'node' | 'tracing' | 'accessLog' | 'credentials'>
  onTold(worker: WorkerHandle, message: Told): void
}

/** A worker that is too busy to answer is taken to be where it was. */
const reportTimeoutMs = 1_000

/** Longer than a worker takes to flush. */
const closeTimeoutMs = 5_000

export class Workers implements CallServing {
  readonly #deps: WorkersDeps
  readonly #places: readonly WorkerPlace<WorkerHandle>[]
  readonly #cells: SharedCells
  readonly #sampling = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  readonly #handOver: HandOver
  readonly #listeners: ListenerSet
  readonly #sum = new ReportSum()
  #routing: VersionedRouting | null = null

  /** @param count above 1. */
  constructor(count: number, deps: WorkersDeps) {
    this.#deps = deps
    this.#cells = new SharedCells(count)
    this.#places = Array.from({ length: count }, (_, index) => this.#place(index, count))
    this.#handOver = new HandOver(() => this.#serving())
    const openListener = (config: ListenerConfig) => openAcceptingListener(config, this.#handOver, deps)
    this.#listeners = new ListenerSet({ clock: deps.clock, drain: deps.drain, openListener })
  }

  get addresses(): Readonly<Record<string, string>> {
    return this.#listeners.addresses
  }

  /** Those that there are, whether or not they serve yet. */
  get all(): WorkerHandle[] {
    return this.#places.map(({ worker }) => worker).filter((worker) => worker !== null)
  }

  /** Workers that took the place of one that ended. */
  restarts(): number {
    return this.#places.reduce((sum, place) => sum + place.restarts, 0)
  }

  /** @throws (rejects) the reason why one of them cannot be started. */
  async start(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.start()))
  }

  async put(routing: VersionedRouting): Promise<void> {
    const workers = this.#serving()
    if (workers.length === 0) throw new Error(`no worker thread is up: ${this.notReady() ?? 'they are starting'}`)
    await prepared(workers, routing)
    const applied: Promise<unknown>[] = []
    try {
      await this.#listeners.replace([...routing.objects.listeners.values()], () => void applied.push(...this.#apply(routing, workers)))
    } catch (error) {
      await Promise.allSettled(workers.map((worker) => worker.abandon()))
      throw error
    }
    await Promise.allSettled(applied)
  }

  async figures(): Promise<readonly UpstreamFigures[]> {
    return (await this.gather()).upstreams
  }

  /** Of all workers, those that have ended included. */
  async gather(): Promise<ServedFigures & { readonly upstreams: readonly UpstreamFigures[] }> {
    await Promise.all(this.all.map((worker) => this.#ask(worker)))
    return this.#sum.of(this.all.map(({ report }) => report).filter((report) => report !== null))
  }

  notReady(): string | undefined {
    return this.#serving().length === 0 ? (this.problem() ?? 'the worker threads are starting') : undefined
  }

  problem(): string | undefined {
    const down = this.#places.flatMap(({ problem }) => problem ?? [])
    return down.length === 0 ? undefined : `${down.length} of ${this.#places.length} worker threads are down: ${down[0]}`
  }

  async drain(): Promise<void> {
    for (const place of this.#places) place.leave()
    this.#listeners.drain()
    this.#handOver.close()
    await Promise.allSettled(this.all.map((worker) => worker.ask({ kind: 'drain' })))
  }

  /** Lines and spans are on their way before a worker ends. */
  async close(): Promise<void> {
    for (const place of this.#places) place.leave()
    this.#handOver.close()
    await this.#listeners.close()
    await Promise.all(this.all.map((worker) => this.#end(worker)))
  }

  /** Everything is ready, so nothing can come to nothing. @returns settles when each has done it, or has ended. */
  #apply(routing: VersionedRouting, workers: readonly WorkerHandle[]): Promise<unknown>[] {
    this.#routing = routing
    const late = this.#places.filter(({ serving }) => serving !== null && !workers.includes(serving))
    const applied = [...workers.map((worker) => worker.apply()), ...late.map((place) => place.catchUp())]
    this.#handOver.know(new Set(Array.from(routing.objects.listeners.values(), (config: ListenerConfig) => listenerKey(config))))
    return applied
  }

  #serving(): WorkerHandle[] {
    return this.#places.map(({ serving }) => serving).filter((worker) => worker !== null)
  }

  #place(index: number, workers: number): WorkerPlace<WorkerHandle> {
    const { clock, random, logger } = this.#deps
    const start = (owner: WorkerOwner) => {
      const how = { index, workers, drain: this.#deps.drain, sampling: this.#sampling, ...this.#deps.startWith() }
      return new WorkerHandle(how, this.#cells, owner)
    }
    return new WorkerPlace(index, {
      clock,
      random,
      logger,
      start,
      onTold: (worker, message) => this.#deps.onTold(worker, message),
      routing: () => this.#routing,
      onServing: () => this.#handOver.again(),
      onEnded: (worker) => this.#ended(worker, index),
    })
  }

  #ended({ report }: WorkerHandle, index: number): void {
    if (report !== null) this.#sum.keep(report)
    this.#cells.giveBack(this.#routing?.objects ?? noRouting, index)
  }

  async #ask(worker: WorkerHandle): Promise<void> {
    const report = await within(reportTimeoutMs, this.#deps.clock, worker.ask({ kind: 'report' }))
    if (report !== undefined) worker.report = report
  }

  async #end(worker: WorkerHandle): Promise<void> {
    await within(closeTimeoutMs, this.#deps.clock, worker.ask({ kind: 'close' }))
    await worker.end()
  }
}

/** @throws the first reason against it; it is wanted by none of them then. */
async function prepared(workers: readonly WorkerHandle[], routing: VersionedRouting): Promise<void> {
  const outcomes = await Promise.allSettled(workers.map((worker) => worker.prepare(routing)))
  const against = outcomes.find((outcome) => outcome.status === 'rejected')
  if (against === undefined) return
  await Promise.allSettled(workers.map((worker) => worker.abandon()))
  throw against.reason as Error
}

/** @returns undefined when there was no answer in time, or the worker ended. */
async function within<T>(limitMs: number, clock: Clock, answer: Promise<T>): Promise<T | undefined> {
  const timeUp = Promise.withResolvers<undefined>()
  const timer = clock.after(limitMs, () => timeUp.resolve(undefined))
  const first = await Promise.race([answer.catch(() => undefined), timeUp.promise])
  timer.cancel()
  return first
}
