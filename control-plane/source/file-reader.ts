/**
 * Reads routing files: short ones at once, long ones in a thread, so that pushes and heartbeats go on meanwhile.
 *
 * Invariant: the same text gives the same, whichever way it is read; an object that says what it said before is the same object as before.
 */
import { objectDigest } from '../../proxy/config/push/object-digest.ts'
import type { Clock } from '../../proxy/runtime/clock.ts'
import type { ReadFile } from './claim.ts'
import { type FileFromThread, FileThread, type ReadLimits } from './file-thread.ts'
import { readRoutingFile } from './routing-file.ts'
import type { KnownObjects } from './routing-object.ts'

export interface FileReader {
  /** @param known the objects as they were last served. @throws an Error where the text takes more than there is to read it with. */
  read(file: string, text: string, known: KnownObjects): Promise<ReadFile>
}

/** For whoever has nothing else to do meanwhile. */
export const readAtOnce: FileReader = {
  read: (file, text, known) => Promise.resolve(readRoutingFile(file, text, known)),
}

/** About a hundred routes, which take as long as they would take to get to the thread. */
const longestAtOnce = 32 * 1024

export class ThreadedFileReader implements FileReader {
  readonly #thread: FileThread

  constructor(clock: Clock, limits: ReadLimits) {
    this.#thread = new FileThread(clock, limits)
  }

  /** @param giveUp ends the wait for one that is long. */
  async read(file: string, text: string, known: KnownObjects, giveUp?: AbortSignal): Promise<ReadFile> {
    if (text.length <= longestAtOnce) return readRoutingFile(file, text, known)
    return withKnown(await this.#thread.read(file, text, giveUp), known)
  }

  /** What is being read is given up. */
  close(): Promise<void> {
    return this.#thread.close()
  }
}

function withKnown({ read, digests }: FileFromThread, known: KnownObjects): ReadFile {
  const claims = read.claims.map((claim, at) => {
    const last = claim.body === null ? undefined : known(claim.kind, claim.name)
    return last !== undefined && objectDigest(last) === digests[at] ? { ...claim, body: last } : claim
  })
  return { ...read, claims }
}
