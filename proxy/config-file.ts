/**
 * The configuration file on disk: read whole, and watched for change.
 * Whether what it says is valid is config/'s business; what to do with it is the sidecar's.
 */
import { readFile as readByCallback, watch } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type LoadResult, loadConfig } from './config/load.ts'
import type { Override } from './config/overrides.ts'
import type { Clock, Timer } from './runtime/clock.ts'

/** Editors and Kubernetes write in several steps; a change counts when it has been quiet for this long. */
const quietMs = 100

/** node:fs/promises brings half of readline along. */
const readFile = promisify(readByCallback)

export class ConfigFile {
  readonly path: string
  readonly #overrides: readonly Override[]
  #text: string | null = null

  constructor(path: string, overrides: readonly Override[]) {
    this.path = path
    this.#overrides = overrides
  }

  /** @throws when the file cannot be read. */
  async load(): Promise<LoadResult> {
    this.#text = await readFile(this.path, 'utf8')
    return loadConfig({ file: this.path, text: this.#text }, this.#overrides)
  }

  /**
   * Calls `changed` when the text differs from what was loaded last.
   * It watches the folder, not the file: an editor replaces the file, and Kubernetes swaps a symbolic link beside it.
   * @returns ends the watch.
   */
  watch(clock: Clock, changed: () => void): () => void {
    let timer: Timer | null = null
    const look = async () => {
      if ((await this.#read()) !== this.#text) changed()
    }
    const watcher = watch(dirname(this.path), { persistent: false }, () => {
      timer?.cancel()
      timer = clock.after(quietMs, () => void look())
    })
    watcher.on('error', () => undefined)
    return () => {
      timer?.cancel()
      watcher.close()
    }
  }

  /** A file that is away for the moment of a replacement counts as unchanged. */
  async #read(): Promise<string | null> {
    try {
      return await readFile(this.path, 'utf8')
    } catch {
      return this.#text
    }
  }
}
