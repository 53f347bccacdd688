/**
 * The routing files that a command was given: single files, or folders with everything below them that is YAML or JSON.
 */
import { readFile, stat } from 'node:fs/promises'
import { nodeErrorCode } from '../../proxy/error/node-error.ts'
import type { RoutingFile } from '../api/facts.ts'
import { findFolderFiles } from '../source/folder-files.ts'
import { type Call, UsageError } from './command.ts'

export interface GivenFiles {
  readonly files: readonly RoutingFile[]
  /** A folder was given: it stands for the whole of the routing. */
  readonly complete: boolean
}

/** @throws UsageError that names what cannot be read. */
export async function readGivenFiles(call: Call): Promise<GivenFiles> {
  if (call.operands.length === 0) throw new UsageError('no files: give routing files, or a folder of them')
  const found = await Promise.all(call.operands.map(filesAt))
  const names = [...new Set(found.flatMap(({ names: below }) => below))]
  const files = await Promise.all(names.map(async (name) => ({ name, text: await readText(name) })))
  return { files, complete: found.some(({ folder }) => folder) }
}

/** As the control plane finds them. */
async function filesAt(path: string): Promise<{ readonly names: readonly string[]; readonly folder: boolean }> {
  if ((await kindOf(path)) === 'file') return { names: [path], folder: false }
  const { files, problems } = await findFolderFiles(path, () => undefined)
  const [problem] = problems
  if (problem !== undefined) throw new UsageError(`${problem[0]}: ${problem[1]}`)
  if (files.length === 0) throw new UsageError(`${path}: there is no *.yaml, *.yml or *.json file below it`)
  return { names: files, folder: true }
}

/** A pipe is a file too: `<(helm template ...)`. A device would never end. */
async function kindOf(path: string): Promise<'file' | 'folder'> {
  const facts = await stat(path).catch((error: unknown) => unreadable(path, error))
  if (facts.isDirectory()) return 'folder'
  if (facts.isFile() || facts.isFIFO()) return 'file'
  throw new UsageError(`${path}: is neither a file nor a folder`)
}

async function readText(name: string): Promise<string> {
  return readFile(name, 'utf8').catch((error: unknown) => unreadable(name, error))
}

function unreadable(path: string, error: unknown): never {
  const code = nodeErrorCode(error)
  throw new UsageError(`${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code}`}`, { cause: error })
}
