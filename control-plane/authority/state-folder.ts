/**
 * The state folder: what has to survive a restart, and nobody else may read.
 *
 * Invariant: the folder is 0700, its files are 0600, and a file is there as a whole or as it was before (written aside, synced, renamed).
 */
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { nodeErrorCode } from '../../proxy/error/node-error.ts'

const aside = /^\..+\.[0-9a-f]{12}\.new$/

export class StateFolder {
  readonly path: string

  /** Makes the folder where it is missing, and takes away what others may do with it. @throws an Error that says what to do. */
  constructor(path: string) {
    this.path = path
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700)
      for (const name of readdirSync(path)) if (aside.test(name)) rmSync(join(path, name))
    } catch (error) {
      throw new Error(`state: cannot use the folder ${path} (${nodeErrorCode(error)}): choose one that this user owns`, { cause: error })
    }
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** @returns null where it does not exist. @throws an Error that names the file. */
  read(name: string): string | null {
    try {
      return readFileSync(this.file(name), 'utf8')
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return null
      throw new Error(`state: cannot read ${this.file(name)} (${nodeErrorCode(error)}): give it back to this user`, { cause: error })
    }
  }

  /** Durable when it returns. @throws what the file system throws; the file is then as it was. */
  write(name: string, text: string): void {
    const next = this.file(`.${name}.${randomBytes(6).toString('hex')}.new`)
    try {
      writeSynced(next, text)
      renameSync(next, this.file(name))
    } catch (error) {
      rmSync(next, { force: true })
      throw error
    }
    syncFolder(this.path)
  }
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
