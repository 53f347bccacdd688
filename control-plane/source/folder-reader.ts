/**
 * Reads a folder of routing files again and again. Only what changed is parsed anew.
 *
 * Invariants: each reading is of the folder as it is then, but for what cannot be read, which stays as it was;
 * a folder that did not change gives no new publication.
 */
import { readFile, stat } from 'node:fs/promises'
import { nodeErrorCode } from '../../proxy/error/node-error.ts'
import { fileProblem } from '../../proxy/config/small-file.ts'
import { objectId, type ReadFile } from './claim.ts'
import type { FileReader } from './file-reader.ts'
import { findFolderFiles } from './folder-files.ts'
import { type Merged, mergeFiles, nothingMerged } from './merge.ts'
import { unreadableFile } from './routing-file.ts'
import type { Publication } from './source.ts'

/** A larger file is a mistake: 50,000 routes are smaller. */
const largestBytes = 16 * 1024 ** 2

interface KnownFile {
  /** What was read, or why it could not be. */
  readonly text: string
  readonly read: ReadFile
}

type KnownFiles = ReadonlyMap<string, KnownFile>

export class FolderReader {
  readonly #folder: string
  readonly #reader: FileReader
  #files: KnownFiles | null = null
  #merged: Merged = nothingMerged

  constructor(folder: string, reader: FileReader) {
    this.#folder = folder
    this.#reader = reader
  }

  /**
   * @param enter watches a folder; it is called before the folder is listed. It returns what is in the way of watching, if anything.
   * @returns null where nothing changed since the last reading.
   */
  async read(enter: (folder: string) => string | undefined = () => undefined): Promise<Publication | null> {
    const problems = new Map<string, string>()
    const found = await findFolderFiles(this.#folder, (folder) => {
      const problem = enter(folder)
      if (problem !== undefined) problems.set(folder, `changes in it are not noticed: ${problem}`)
    })
    const files = new Map<string, KnownFile>(await this.#readAll(found.files))
    for (const [path, problem] of found.problems) this.#keepBelow(path, problem, files)
    for (const [path, problem] of problems) files.set(path, withProblem(path, problem))
    if (this.#files !== null && isSame(files, this.#files)) return null
    this.#files = files
    this.#merged = mergeFiles(new Map([...files].map(([path, { read }]) => [path, read])), this.#merged)
    return { resources: this.#merged.resources, errors: this.#merged.errors }
  }

  async #readAll(paths: readonly string[]): Promise<[string, KnownFile][]> {
    const files: [string, KnownFile][] = []
    for (const path of paths) {
      const file = await this.#readOne(path)
      if (file !== null) files.push([path, file])
    }
    return files
  }

  /** @returns null for a file that is gone. */
  async #readOne(path: string): Promise<KnownFile | null> {
    try {
      return await this.#parsed(path, await readText(path))
    } catch (error) {
      return nodeErrorCode(error) === 'ENOENT' ? null : withProblem(path, `cannot read the file: ${fileProblem(error)}`)
    }
  }

  async #parsed(path: string, text: string): Promise<KnownFile> {
    const last = this.#files?.get(path)
    if (last?.text === text) return last
    const known = this.#merged.byId
    return { text, read: await this.#reader.read(path, text, (kind, name) => known.get(objectId({ kind, name }))?.body) }
  }

  /** Nobody can tell what became of the files below. */
  #keepBelow(path: string, problem: string, files: Map<string, KnownFile>): void {
    files.set(path, withProblem(path, problem))
    for (const [file, known] of this.#files ?? []) if (file.startsWith(`${path}/`) && !files.has(file)) files.set(file, known)
  }
}

/** Looks before it reads: a pipe or a device would hold up the reading for ever. */
async function readText(path: string): Promise<string> {
  const facts = await stat(path)
  if (!facts.isFile()) throw new Error('it is not a regular file')
  if (facts.size > largestBytes) throw new Error('it is larger than 16MiB')
  return readFile(path, 'utf8')
}

function withProblem(path: string, problem: string): KnownFile {
  return { text: `\0${problem}`, read: unreadableFile(path, problem) }
}

function isSame(a: KnownFiles, b: KnownFiles): boolean {
  return a.size === b.size && [...a].every(([path, { text }]) => b.get(path)?.text === text)
}
