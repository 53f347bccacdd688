/**
 * A thread that reads routing files, one after the other. It is started when there is something to read, and ended when there was nothing
 * for a while, since it takes some 30 MB.
 *
 * Invariant: each question is answered or rejected; a text that takes too much, time or memory, ends the thread, and what waited behind it
 * is asked of the next one.
 */
import { Worker } from 'node:worker_threads'
import { nodeErrorCode } from '../../proxy/error/node-error.ts'
import type { Clock, Timer } from '../../proxy/runtime/clock.ts'
import type { ReadFile } from './claim.ts'

export interface FileToThread {
  readonly file: string
  readonly text: string
}

export interface FileFromThread {
  readonly read: ReadFile
  /** Of the body of each claim; null where there is none. */
  readonly digests: readonly (string | null)[]
}

/** What one text may take. */
export interface ReadLimits {
  readonly timeMs: number
  /** Of the thread's heap. */
  readonly heapMiB: number
}

const idleMs = 10_000

interface Question extends FileToThread {
  readonly resolve: (answer: FileFromThread) => void
  readonly reject: (error: Error) => void
}

export class FileThread {
  readonly #clock: Clock
  readonly #limits: ReadLimits
  /** The first is the one that is being read. */
  readonly #questions: Question[] = []
  #worker: Worker | null = null
  #closed = false
  /** Until the thread has taken too long, or has been idle for too long. */
  #timer: Timer | null = null

  constructor(clock: Clock, limits: ReadLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** @param giveUp ends the wait for it, and the reading itself. */
  read(file: string, text: string, giveUp?: AbortSignal): Promise<FileFromThread> {
    return new Promise((resolve, reject) => {
      if (this.#closed || giveUp?.aborted === true) return reject(new Error('given up'))
      const question = { file, text, resolve, reject }
      giveUp?.addEventListener('abort', () => this.#drop(question, 'given up'), { once: true })
      this.#questions.push(question)
      if (this.#questions.length === 1) this.#ask()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    for (const { reject } of this.#questions.splice(0)) reject(new Error('given up'))
    await this.#end()
  }

  #ask(): void {
    this.#timer?.cancel()
    const [next] = this.#questions
    if (next === undefined) {
      this.#timer = this.#clock.after(idleMs, () => void this.#end())
      return
    }
    const { timeMs } = this.#limits
    this.#timer = this.#clock.after(timeMs, () => this.#drop(next, `it takes longer than ${timeMs / 1_000} s to read`))
    this.#started().postMessage({ file: next.file, text: next.text } satisfies FileToThread, [])
  }

  /** What is being read can only be stopped with the thread. */
  #drop(question: Question, reason: string): void {
    const at = this.#questions.indexOf(question)
    if (at < 0) return
    this.#questions.splice(at, 1)
    question.reject(new Error(reason))
    if (at > 0) return
    void this.#end()
    this.#ask()
  }

  async #end(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  #started(): Worker {
    return (this.#worker ??= this.#start())
  }

  #start(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: this.#limits.heapMiB }
    const worker = new Worker(new URL('file-thread-main.ts', import.meta.url), { resourceLimits })
    worker.unref()
    worker.on('message', (answer: FileFromThread) => this.#onAnswer(worker, answer))
    worker.on('error', (error: Error) => this.#onFailure(worker, error))
    return worker
  }

  #onAnswer(worker: Worker, answer: FileFromThread): void {
    if (worker !== this.#worker) return
    this.#questions.shift()?.resolve(answer)
    this.#ask()
  }

  #onFailure(worker: Worker, error: Error): void {
    if (worker !== this.#worker) return
    this.#worker = null
    const tooMuch = nodeErrorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY'
    this.#questions.shift()?.reject(tooMuch ? new Error(`it takes more than ${this.#limits.heapMiB} MiB of memory to read`) : error)
    this.#ask()
  }
}
