/**
 * V8's helper threads (compiler, garbage collector) and the threads that serve calls, on the same CPUs.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Nice values: 0 is everybody's, 19 the least. */
const helperPriority = 10
const threads = '/proc/self/task'

/**
 * Calls go first: where CPUs are few, a helper would else keep a call waiting for a time slice of several milliseconds.
 * Only Linux tells its threads apart; anywhere else, and where it is not allowed, nothing happens.
 */
export function letCallsGoFirst(): void {
  for (const id of idsIn(threads)) {
    if (nameOf(id).endsWith('V8Worker')) prioritise(Number(id))
  }
}

function idsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function nameOf(id: string): string {
  try {
    return readFileSync(`${threads}/${id}/comm`, 'utf8').trimEnd()
  } catch {
    return ''
  }
}

function prioritise(id: number): void {
  try {
    setPriority(id, helperPriority)
  } catch {
    // A thread that has ended, or a sandbox that does not allow it: it stays as it was.
  }
}
