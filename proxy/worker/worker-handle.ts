/**
 * One worker thread, as the main thread holds it: asked, told, and ended.
 *
 * Invariant: everything asked is answered, or rejected when the thread ends; `onEnded` is called once, whatever ended it.
 */
import type { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { RoutingObjects, VersionedRouting } from '../config/push/routing-objects.ts'
import { workerEntry } from './entry.ts'
import type { Taker } from './hand-over.ts'
import type { Answers, FromWorker, Request, ToWorker, WorkerReport, WorkerStart } from './messages.ts'
import { changeTo, noRouting } from './routing-change.ts'
import type { SharedCells } from './shared-cells.ts'

/** What a worker tells without being asked. */
export type Told = Extract<FromWorker, { kind: 'lines' | 'spans' | 'log' }>

export interface WorkerOwner {
  onTold(message: Told): void
  /** @param reason what a person needs to know. */
  onEnded(reason: string): void
}

interface Asked {
  readonly resolve: (value: Answers[keyof Answers]) => void
  readonly reject: (error: Error) => void
}

export class WorkerHandle implements Taker {
  /** Its place among the workers. */
  readonly index: number
  /** Resolves when it can be asked; rejects when it ended before. */
  readonly ready: Promise<void>
  /** Figures as they were known last. */
  report: WorkerReport | null = null
  readonly #thread: Worker
  readonly #owner: WorkerOwner
  readonly #cells: SharedCells
  readonly #closed: Int32Array
  readonly #asked = new Map<number, Asked>()
  readonly #readiness = Promise.withResolvers<void>()
  #ids = 0
  #handed = 0
  #fault: string | undefined
  #ended: Error | null = null
  #has: RoutingObjects = noRouting
  #prepared: RoutingObjects = noRouting

  constructor(start: Omit<WorkerStart, 'closed'>, cells: SharedCells, owner: WorkerOwner) {
    this.index = start.index
    this.#owner = owner
    this.#cells = cells
    this.#closed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    this.ready = this.#readiness.promise
    this.ready.catch(() => undefined)
    const workerData: WorkerStart = { ...start, closed: this.#closed }
    this.#thread = new Worker(workerEntry, { workerData, name: `tandem-worker-${start.index}` })
    this.#thread.on('message', (message: FromWorker) => this.#onMessage(message))
    this.#thread.on('error', (error: unknown) => (this.#fault = error instanceof Error ? error.message : String(error)))
    this.#thread.once('exit', (code) => this.#onExit(code))
  }

  /** Connections of callers that it has. */
  get connections(): number {
    return this.#handed - Atomics.load(this.#closed, 0)
  }

  /** @throws (rejects) the reason why it cannot be made ready. */
  async prepare({ version, objects }: VersionedRouting): Promise<void> {
    await this.ask({ kind: 'prepare', change: changeTo({ version, objects }, this.#has, this.#cells) })
    this.#prepared = objects
  }

  /** What was prepared is put in force. What is sent after this call meets it. */
  apply(): Promise<undefined> {
    this.#has = this.#prepared
    return this.ask({ kind: 'apply' })
  }

  abandon(): Promise<undefined> {
    return this.ask({ kind: 'abandon' })
  }

  ask<R extends Request>(request: R): Promise<Answers[R['kind']]> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    const id = this.#ids++
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve: resolve as Asked['resolve'], reject })
      this.tell({ kind: 'ask', id, request })
    })
  }

  tell(message: Exclude<ToWorker, { kind: 'connection' }>): void {
    this.#thread.postMessage(message, [])
  }

  /** The socket is that thread's from now on. Nothing may have been read from it. */
  hand(listener: string, socket: Socket): void {
    this.#thread.postMessage({ kind: 'connection', listener, socket } satisfies ToWorker, [socket])
    this.#handed++
  }

  /** Ends it at once, whatever it is doing. Resolves when it is gone. */
  async end(): Promise<void> {
    await this.#thread.terminate()
  }

  #onMessage(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        return this.#readiness.resolve()
      case 'answer':
        return this.#answered(message.id)?.resolve(message.value)
      case 'refusal':
        return this.#answered(message.id)?.reject(new Error(message.reason))
      case 'lines':
      case 'spans':
      case 'log':
        return this.#owner.onTold(message)
      default:
        return message satisfies never
    }
  }

  #answered(id: number): Asked | undefined {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    return asked
  }

  #onExit(code: number): void {
    const reason = this.#fault ?? `it ended with exit code ${code}`
    const ended = new Error(`the worker thread has ended: ${reason}`)
    this.#ended = ended
    this.#readiness.reject(ended)
    for (const { reject } of this.#asked.values()) reject(ended)
    this.#asked.clear()
    this.#owner.onEnded(reason)
  }
}
