/**
 * The last routing that was good, on disk: a sidecar that starts while the control plane is down serves it.
 *
 * Invariants: the file is whole or not there, whenever the process or the machine dies (written beside it, synced, renamed); nothing is
 * served from one whose digest or version is not that of its content, or that was written for another workload.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import * as z from 'zod/mini'
import { fileProblem } from '../config/small-file.ts'
import type { Routing } from '../config/push/routing.ts'
import { type DigestedObjects, RoutingDigest } from '../config/push/routing-version.ts'
import { nodeErrorCode } from '../error/node-error.ts'
import { atOnce, type Steps } from '../runtime/steps.ts'
import { LastGoodText } from './last-good-text.ts'

export interface Versioned {
  readonly version: string
  readonly routing: Routing
}

export type LoadedLastGood =
  | { readonly kind: 'loaded'; readonly kept: Versioned }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string }

const objects = z.record(z.string(), z.record(z.string(), z.unknown()))
const document = z.strictObject({
  workload: z.string(),
  version: z.string(),
  routing: z.strictObject({ listeners: objects, upstreams: objects, routes: objects }),
  /** Of `routing`. */
  digest: z.string(),
})

/** A `LastGood` as those see it who use it. */
export type LastGoodStore = Pick<LastGood, keyof LastGood>

export class LastGood {
  readonly path: string
  readonly #workload: string
  readonly #text: LastGoodText
  #wanted: DigestedObjects | null = null
  #writing: Promise<void> | null = null
  #problem: string | undefined

  /** @param workload two workloads that share a folder by mistake must not serve each other's routing. */
  constructor(path: string, workload: { readonly namespace: string; readonly workload: string }) {
    this.path = resolve(path)
    this.#workload = `${workload.namespace}/${workload.workload}`
    this.#text = new LastGoodText(this.#workload)
  }

  /** Takes away what processes that were killed have left half written. Never throws. */
  async load(): Promise<LoadedLastGood> {
    await removeRemains(this.path).catch(() => undefined)
    try {
      return { kind: 'loaded', kept: this.#read(await readFile(this.path, 'utf8')) }
    } catch (error) {
      return nodeErrorCode(error) === 'ENOENT' ? { kind: 'none' } : { kind: 'refused', reason: `${this.path}: ${fileProblem(error)}` }
    }
  }

  /** Resolves when it, or something newer, is on disk or cannot be. One write at a time; of what waits the newest is written. */
  save(kept: DigestedObjects): Promise<void> {
    this.#wanted = kept
    this.#writing ??= this.#writeAll()
    return this.#writing
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /** Why the last routing is not on disk; undefined when it is. */
  problem(): string | undefined {
    return this.#problem
  }

  /** @throws an Error that says what is wrong. */
  #read(text: string): Versioned {
    const checked = document.safeParse(parsed(text))
    if (!checked.success) throw new Error('damaged: it is not what a sidecar has written')
    const { workload, version, routing, digest } = checked.data
    const own = atOnce(RoutingDigest.of(routing))
    if (own.content !== digest || own.version !== version) throw new Error('damaged: its content does not have its digest')
    if (workload !== this.#workload) throw new Error(`it is the routing of ${workload}, not of ${this.#workload}`)
    return { version, routing }
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#wanted; next !== null; next = this.#wanted) {
      this.#wanted = null
      try {
        await this.#write(next)
        this.#problem = undefined
      } catch (error) {
        this.#problem = `the routing cannot be kept in ${this.path}: ${fileProblem(error)}`
      }
    }
    this.#writing = null
  }

  async #write(kept: DigestedObjects): Promise<void> {
    const temporary = `${this.path}.${process.pid}.tmp`
    await mkdir(dirname(this.path), { recursive: true })
    try {
      await writeSynced(temporary, await turnByTurn(this.#text.of(kept.objects, kept.digest)))
      await rename(temporary, this.path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await syncFolder(dirname(this.path))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('damaged: it is no JSON')
  }
}

/** A turn of the event loop for each step. */
async function turnByTurn<T>(steps: Steps<T>): Promise<T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value
    await nextTurn()
  }
}

async function writeSynced(path: string, pieces: readonly Buffer[]): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(pieces)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Of processes that live no more: one that is still there may be writing. */
async function removeRemains(path: string): Promise<void> {
  const [folder, start] = [dirname(path), `${basename(path)}.`]
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(start) && name.endsWith('.tmp') ? Number(name.slice(start.length, -'.tmp'.length)) : 0
    if (Number.isSafeInteger(pid) && pid > 0 && !isAlive(pid)) await rm(join(folder, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return nodeErrorCode(error) !== 'ESRCH'
  }
}

/** The new name is only safe when the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
