/**
 * Lines on their way to the log's target: gathered for 20 ms or 64 KiB, written one chunk at a time, never waited for.
 *
 * Invariant: what waits is bounded. A target that is slow, full or gone costs lines, which are counted, and nothing else.
 */
import { nodeErrorCode } from '../../error/node-error.ts'
import type { Clock, Timer } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { LogTarget } from './target.ts'

const chunkLength = 64 * 1024

/** A write costs as much as ten lines; nobody reads a log within 20 ms. */
const gatherMs = 20

interface Chunk {
  readonly text: string
  readonly lines: number
}

export class LineBuffer {
  /** Lines that were lost. */
  dropped = 0
  readonly #write: LogTarget['write']
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #limit: number
  readonly #sealed: Chunk[] = []
  #open = ''
  #openLines = 0
  #waiting = 0
  #timer: Timer | null = null
  #writing = false
  #state: 'ok' | 'slow' | 'failing' = 'ok'
  #whenIdle: (() => void)[] = []

  /** @param limit characters that may wait, default 4 MiB. */
  constructor(write: LogTarget['write'], logger: Logger, clock: Clock, limit = 4 * 1024 * 1024) {
    this.#write = write
    this.#logger = logger
    this.#clock = clock
    this.#limit = limit
  }

  append(line: string): void {
    if (this.#waiting + line.length > this.#limit) return this.#drop()
    this.#open += line
    this.#openLines++
    this.#waiting += line.length
    if (this.#open.length >= chunkLength) this.#seal()
    if (!this.#writing) this.#writeSoon()
  }

  /** Resolves when everything that was appended is written or lost. */
  idle(): Promise<void> {
    if (this.#waiting === 0 && !this.#writing) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve)
      if (!this.#writing) this.#writeNext()
    })
  }

  #drop(): void {
    this.dropped++
    if (this.#state !== 'ok') return
    this.#state = 'slow'
    this.#logger.warn('the access log target is too slow; lines are dropped')
  }

  #seal(): void {
    this.#sealed.push({ text: this.#open, lines: this.#openLines })
    this.#open = ''
    this.#openLines = 0
  }

  /** At once where a chunk is full or somebody waits for the end, else when there has been time to gather. */
  #writeSoon(): void {
    if (this.#sealed.length > 0 || this.#whenIdle.length > 0) return this.#writeNext()
    if (this.#openLines > 0) this.#timer ??= this.#clock.after(gatherMs, this.#onGathered)
  }

  readonly #onGathered = (): void => {
    this.#timer = null
    if (!this.#writing) this.#writeNext()
  }

  #writeNext(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (this.#sealed.length === 0 && this.#openLines > 0) this.#seal()
    const chunk = this.#sealed.shift()
    if (chunk === undefined) return this.#settleIdle()
    this.#writing = true
    this.#write(Buffer.from(chunk.text), (error) => this.#written(chunk, error))
  }

  #written(chunk: Chunk, error: Error | null): void {
    this.#writing = false
    this.#waiting -= chunk.text.length
    if (error !== null) this.#lose(chunk, error)
    else this.#recover()
    this.#writeSoon()
  }

  #lose(chunk: Chunk, error: Error): void {
    this.dropped += chunk.lines
    if (this.#state === 'failing') return
    this.#state = 'failing'
    const reason = { code: nodeErrorCode(error), reason: error.message }
    this.#logger.error('the access log cannot be written; lines are lost', reason)
  }

  #recover(): void {
    if (this.#state === 'ok' || this.#waiting > this.#limit / 2) return
    this.#state = 'ok'
    this.#logger.info('the access log is written again', { dropped: this.dropped })
  }

  #settleIdle(): void {
    const resolvers = this.#whenIdle
    this.#whenIdle = []
    for (const resolve of resolvers) resolve()
  }
}
