/**
 * A source that is a folder of routing files, watched: one publication at the start, and one for each change after it was quiet again.
 * What the files mean is decided in `routing-file.ts` and `merge.ts`.
 */
import type { Clock } from '../../proxy/runtime/clock.ts'
import { Debounce } from '../../proxy/runtime/debounce.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import { ThreadedFileReader } from './file-reader.ts'
import { FolderReader } from './folder-reader.ts'
import { FolderWatch } from './folder-watch.ts'
import type { Publication, Source } from './source.ts'
import { sourceTrouble } from './source-trouble.ts'
import { TroubleLog } from './trouble-log.ts'

/** Editors and Kubernetes write in several steps. */
const limits = { quietMs: 100, longestMs: 10_000 }
/** Of the largest files that are allowed, read as YAML. */
const readLimits = { timeMs: 120_000, heapMiB: 1_024 }

export interface FolderDeps {
  readonly clock: Clock
  readonly logger: Logger
}

/** @param folder one that is not there is an error in the publication, and read when it comes. */
export function createFolderSource(folder: string, deps: FolderDeps): Source {
  return new FolderSource(folder, deps)
}

class FolderSource implements Source {
  readonly #files: ThreadedFileReader
  readonly #reader: FolderReader
  readonly #watch: FolderWatch
  readonly #quiet: Debounce
  readonly #log: TroubleLog
  #publish: ((publication: Publication) => void) | null = null
  #reading: Promise<void> = Promise.resolve()

  constructor(folder: string, { clock, logger }: FolderDeps) {
    this.#files = new ThreadedFileReader(clock, readLimits)
    this.#reader = new FolderReader(folder, this.#files)
    this.#quiet = new Debounce(limits, clock, () => this.#readNext())
    this.#watch = new FolderWatch(() => this.#quiet.touch())
    this.#log = new TroubleLog(logger, { appeared: 'routing refused', gone: 'routing mended' })
  }

  async start(publish: (publication: Publication) => void): Promise<void> {
    this.#publish = publish
    this.#readNext()
    await this.#reading
  }

  readAgain(): void {
    this.#readNext()
  }

  async close(): Promise<void> {
    this.#publish = null
    this.#quiet.cancel()
    await this.#files.close()
    await this.#reading
    this.#watch.close()
    this.#quiet.cancel()
  }

  get #isClosed(): boolean {
    return this.#publish === null
  }

  /** One reading after the other. */
  #readNext(): void {
    this.#reading = this.#reading.then(() => this.#read())
  }

  async #read(): Promise<void> {
    if (this.#isClosed) return
    this.#watch.begin()
    const publication = await this.#reader.read((folder) => this.#watch.add(folder))
    this.#watch.end()
    if (publication === null || this.#isClosed) return
    this.#log.update(publication.errors.map(sourceTrouble))
    this.#publish?.(publication)
  }
}
