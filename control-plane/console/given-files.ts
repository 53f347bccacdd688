/**
 * Routing files that are sent to be looked at: whether they are right, and what they would change.
 *
 * Invariants: however many there are, pushes and heartbeats go on meanwhile: what is long is read in a thread, and looked at in slices.
 * Whatever they say, they take no more than stated time and memory.
 */
import type { ConfigError } from '../../proxy/config/config-error.ts'
import type { Clock } from '../../proxy/runtime/clock.ts'
import { inSlices, type Steps } from '../../proxy/runtime/steps.ts'
import type { RoutingFile } from '../api/facts.ts'
import { misfitsIn, plainError } from '../api/validate-files.ts'
import { objectId, type ReadFile } from '../source/claim.ts'
import { ThreadedFileReader } from '../source/file-reader.ts'
import { mergeFiles, nothingMerged } from '../source/merge.ts'
import { unreadableFile } from '../source/routing-file.ts'
import type { KnownObjects } from '../source/routing-object.ts'
import type { Publication, Resource } from '../source/source.ts'
import type { ConnectedNodes } from './connected-nodes.ts'
import { type Diff, diffOf } from './diff.ts'
import { overlay } from './overlay.ts'
import { ConsoleProblem } from './problem.ts'

/** Of all that is asked for at once, waiting for others included; tandemctl waits for 30 s. */
const longestMs = 25_000
/** Of one text; 10,000 routes need a tenth of either. */
const readLimits = { timeMs: longestMs, heapMiB: 512 }
/** More errors are counted, not listed. */
const mostErrors = 1_000

export interface GivenFilesDeps {
  readonly connected: ConnectedNodes
  /** What is in force. */
  readonly resources: () => readonly Resource[]
  readonly clock: Clock
}

export class GivenFiles {
  readonly #deps: GivenFilesDeps
  readonly #reader: ThreadedFileReader

  constructor(deps: GivenFilesDeps) {
    this.#deps = deps
    this.#reader = new ThreadedFileReader(deps.clock, readLimits)
  }

  /** Beside what is in force: a file may name upstreams of another one. */
  validate(files: readonly RoutingFile[]): Promise<readonly ConfigError[]> {
    return this.#inTime(async (limit) => {
      const { resources, errors } = await this.#read(files, limit)
      const names = files.map(({ name }) => name)
      const given = new Set(names)
      const misfits = await this.#look(misfitsIn(overlay(this.#deps.resources(), resources, names)), limit)
      return listed([...errors.map(plainError), ...misfits.map(({ error }) => error).filter(({ file }) => given.has(file))])
    })
  }

  /** @param complete whether the files are the whole of the routing. */
  diff(files: readonly RoutingFile[], complete: boolean): Promise<Diff> {
    return this.#inTime(async (limit) => {
      const { resources, errors } = await this.#read(files, limit)
      if (errors.length > 0) return { changes: [], errors: listed(errors.map(plainError)) }
      const current = this.#deps.resources()
      const names = files.map(({ name }) => name)
      const next = complete ? resources : overlay(current, resources, names)
      const found = await this.#look(diffOf(this.#deps.connected.all(), current, next), limit)
      return { changes: found.changes, errors: listed(found.errors) }
    })
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  /** What a folder with these files would publish at its first read. */
  async #read(files: readonly RoutingFile[], limit: AbortSignal): Promise<Publication> {
    const inForce = new Map(this.#deps.resources().map((resource) => [objectId(resource), resource.body]))
    const read = new Map<string, ReadFile>()
    for (const { name, text } of files) {
      const known: KnownObjects = (kind, id) => inForce.get(objectId({ kind, name: id }))
      read.set(name, await this.#reader.read(name, text, known, limit).catch((error: Error) => unreadableFile(name, error.message)))
      // Short ones are read at once, and there may be thousands of them.
      await new Promise((resolve) => setImmediate(resolve))
      limit.throwIfAborted()
    }
    return mergeFiles(read, nothingMerged)
  }

  #look<T>(steps: Steps<T>, limit: AbortSignal): Promise<T> {
    return inSlices(until(limit, steps), this.#deps.clock)
  }

  /** @throws ConsoleProblem once the time is up. */
  async #inTime<T>(work: (limit: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController()
    const timer = this.#deps.clock.after(longestMs, () => limit.abort(tooLong()))
    try {
      return await work(limit.signal)
    } finally {
      timer.cancel()
    }
  }
}

function tooLong(): ConsoleProblem {
  return new ConsoleProblem(422, `it takes longer than ${longestMs / 1_000} s to look at the files: send fewer at once`)
}

/** @throws the reason of the limit. */
function* until<T>(limit: AbortSignal, steps: Steps<T>): Steps<T> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    limit.throwIfAborted()
    yield
  }
}

function listed(errors: readonly ConfigError[]): readonly ConfigError[] {
  const further = errors.length - mostErrors
  const [first] = errors.slice(mostErrors)
  if (first === undefined) return errors
  const last: ConfigError = { file: first.file, line: 0, column: 0, path: '', message: `${further} further errors are not listed` }
  return [...errors.slice(0, mostErrors), last]
}
