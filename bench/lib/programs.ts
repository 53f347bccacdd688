/**
 * Where the other programs are, and which version of them: on PATH, or in the folder that the peers' tests install into.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `$XDG_CACHE_HOME/tandem-peers/bin`, by default under `~/.cache`. */
export function peersFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tandem-peers', 'bin')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** @returns the absolute path; undefined where the program is not installed. Debian keeps servers in /usr/sbin, which is not on everybody's PATH. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', peersFolder()]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** The first non-empty line that the program prints about its version, on whichever stream, without its own path. */
export async function versionLine(program: string, flag: string): Promise<string> {
  const { stdout, stderr } = await run(program, [flag])
  const lines = `${stdout}\n${stderr}`.replaceAll(program, '').split('\n')
  return lines.find((line) => line.trim() !== '')?.trim() ?? 'unknown'
}

/** The version of a module in a Go program, which carries the list of what it was built from. @throws when it has no such module. */
export async function moduleVersion(program: string, module: string): Promise<string> {
  const bytes = await readFile(program)
  const entry = `dep\t${module}\t`
  const at = bytes.indexOf(entry)
  if (at < 0) throw new Error(`${program} was not built with ${module}`)
  const from = at + entry.length
  return /^[^\s]+/.exec(bytes.toString('latin1', from, from + 64))?.[0] ?? 'unknown'
}
