/**
 * The routing files below a folder: *.yaml, *.yml and *.json, in the order of their names, folders in place.
 *
 * Symbolic links are followed, each real file and folder once. What is hidden is left out unless a link leads there:
 * Kubernetes mounts a ConfigMap as links into `..data`, itself a link to a folder that is named after the time.
 * Invariant: each folder is entered before it is listed, so that whoever watches it misses nothing.
 */
import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { nodeErrorCode } from '../../proxy/error/node-error.ts'
import { fileProblem } from '../../proxy/config/small-file.ts'

export interface FolderFiles {
  /** Paths below the folder as it was named. */
  readonly files: readonly string[]
  /** Folders that could not be listed and links that lead nowhere: what is below them is not known. */
  readonly problems: ReadonlyMap<string, string>
}

const endings = ['.yaml', '.yml', '.json']

/** @param enter is told of each folder in which a change may matter, the same one more than once perhaps. */
export async function findFolderFiles(folder: string, enter: (folder: string) => void): Promise<FolderFiles> {
  for (const above of await linksTo(resolve(folder))) enter(above)
  const walk = new Walk(enter)
  await walk.folder(folder)
  return walk
}

class Walk implements FolderFiles {
  readonly files: string[] = []
  readonly problems = new Map<string, string>()
  readonly #seen = new Set<string>()
  readonly #enter: (folder: string) => void

  constructor(enter: (folder: string) => void) {
    this.#enter = enter
  }

  async folder(path: string): Promise<void> {
    try {
      const real = await realpath(path)
      if (this.#seen.has(real)) return
      this.#seen.add(real)
      this.#enter(real)
      for (const entry of await sortedEntries(path)) await this.#entry(join(path, entry.name), entry)
    } catch (error) {
      this.problems.set(path, `cannot read the folder: ${fileProblem(error)}`)
    }
  }

  /** What is gone again already is no problem, but a link that leads nowhere is: it may have led to a folder. */
  async #entry(path: string, entry: Dirent): Promise<void> {
    const isLink = entry.isSymbolicLink()
    try {
      const facts = isLink ? await stat(path) : entry
      if (facts.isDirectory()) await this.folder(path)
      else if (endings.some((ending) => path.endsWith(ending))) await this.#file(path, isLink)
    } catch (error) {
      if (isLink) this.problems.set(path, `cannot follow the link: ${fileProblem(error)}`)
    }
  }

  async #file(path: string, isLink: boolean): Promise<void> {
    const real = await realpath(path)
    if (this.#seen.has(real)) return
    this.#seen.add(real)
    if (isLink) this.#enter(dirname(real))
    this.files.push(path)
  }
}

/** By code unit, whatever the locale. */
async function sortedEntries(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter(({ name }) => !name.startsWith('.')).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The folders that hold a link on the way to a path, and the last one there is: the path may come to lead elsewhere, or somewhere. */
async function linksTo(path: string): Promise<string[]> {
  const parent = dirname(path)
  if (parent === path) return []
  const above = await linksTo(parent)
  try {
    return (await lstat(path)).isSymbolicLink() ? [...above, parent] : above
  } catch (error) {
    return nodeErrorCode(error) === 'ENOENT' ? [...above, parent] : above
  }
}
