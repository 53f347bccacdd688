/**
 * The target that the configuration names, through rotations: a file is opened anew when it is asked for.
 */
import type { Logger } from '../../runtime/logger.ts'
import { type LogTarget as OpenedTarget, openTarget } from './target.ts'

export interface LogTarget extends OpenedTarget {
  /** Opens the file anew; stdout and stderr have nothing to open. Keeps the old one when that fails. */
  reopen(): void
}

export class ReopenedTarget implements LogTarget {
  readonly #to: string
  readonly #logger: Logger
  #target: OpenedTarget

  /** @param to `stdout`, `stderr` or a path. @throws ProxyError when the file cannot be opened. */
  constructor(to: string, logger: Logger) {
    this.#to = to
    this.#logger = logger
    this.#target = openTarget(to)
  }

  write(bytes: Uint8Array, done: (error: Error | null) => void): void {
    this.#target.write(bytes, done)
  }

  reopen(): void {
    if (this.#to === 'stdout' || this.#to === 'stderr') return
    try {
      const target = openTarget(this.#to)
      this.#target.close()
      this.#target = target
    } catch (error) {
      this.#logger.error('the access log could not be reopened; the old file is kept', { reason: String(error) })
    }
  }

  close(): void {
    this.#target.close()
  }
}
