/**
 * Watches folders for anything that happens in them. It says that something did, never what: whoever is told looks anew.
 *
 * A watch sticks to the folder that it was made for, not to its path: after every look all watches are made anew,
 * the new ones before the old ones are given up, so that nothing goes unnoticed in between.
 */
import { type FSWatcher, watch } from 'node:fs'
import { fileProblem } from '../../proxy/config/small-file.ts'

export class FolderWatch {
  readonly #changed: () => void
  #watchers = new Map<string, FSWatcher>()
  #before: FSWatcher[] = []

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** A look begins. */
  begin(): void {
    this.#before.push(...this.#watchers.values())
    this.#watchers = new Map()
  }

  /** @returns why the folder cannot be watched, undefined when it is. One that is not there is watched from above. */
  add(folder: string): string | undefined {
    if (this.#watchers.has(folder)) return undefined
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#changed())
      watcher.on('error', () => this.#changed())
      this.#watchers.set(folder, watcher)
      return undefined
    } catch (error) {
      const problem = fileProblem(error)
      return problem === 'it does not exist' ? undefined : problem
    }
  }

  /** The look is over: what was watched before and not since is watched no longer. */
  end(): void {
    for (const watcher of this.#before) watcher.close()
    this.#before = []
  }

  close(): void {
    this.begin()
    this.end()
  }
}
