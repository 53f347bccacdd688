/**
 * One target that several writers share: what each of them writes stays in one piece, in the order in which it came.
 * Each waits for its own writes, so what waits here is no more than one chunk for each of them.
 */
import type { LogTarget } from './reopened-target.ts'

interface Write {
  readonly bytes: Uint8Array
  readonly done: (error: Error | null) => void
}

export class SharedTarget implements LogTarget {
  readonly #target: LogTarget
  readonly #waiting: Write[] = []
  #writing = false

  constructor(target: LogTarget) {
    this.#target = target
  }

  write(bytes: Uint8Array, done: (error: Error | null) => void): void {
    this.#waiting.push({ bytes, done })
    if (!this.#writing) this.#next()
  }

  reopen(): void {
    this.#target.reopen()
  }

  close(): void {
    this.#target.close()
  }

  #next(): void {
    const write = this.#waiting.shift()
    this.#writing = write !== undefined
    if (write === undefined) return
    this.#target.write(write.bytes, (error) => {
      this.#next()
      write.done(error)
    })
  }
}
