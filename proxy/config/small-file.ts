/**
 * Reads the small files that a configuration names: tokens, certificates, keys.
 */
import { readFileSync, statSync } from 'node:fs'
import { nodeErrorCode } from '../error/node-error.ts'

/** A larger file is a mistake in the path. */
const largestBytes = 1024 ** 2

/**
 * Looks before it reads: a pipe or a device would hold up the start for ever.
 * @throws what `fileProblem` puts into words.
 */
export function readSmallFile(path: string): string {
  const facts = statSync(path)
  if (!facts.isFile()) throw new Error('it is not a regular file')
  if (facts.size > largestBytes) throw new Error('it is larger than 1MiB')
  return readFileSync(path, 'utf8')
}

export function fileProblem(error: unknown): string {
  const code = nodeErrorCode(error)
  if (code === 'ENOENT') return 'it does not exist'
  if (code === 'EACCES') return 'permission denied'
  return error instanceof Error && code === 'unknown' ? error.message : code
}
