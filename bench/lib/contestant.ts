/**
 * What the bench knows of a proxy: one small interface, one file each in peers/.
 */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { firstAnswer } from './first-answer.ts'
import type { Target } from './load-session.ts'
import { pinned } from './pinning.ts'
import { processTree } from './process-figures.ts'
import { freePort } from './ports.ts'

/** What a proxy is configured to do with a call. */
export type Task = 'forward' | 'mirror' | 'fanout'

/** Where the calls, and their copies, go. */
export interface Destinations {
  readonly origin: number
  /** Second destination of a fan-out. */
  readonly second: number
  readonly mirror: number
}

/** Where a contestant runs and writes. */
export interface Surroundings {
  /** CPU list of the proxy, null for any. */
  readonly cpus: string | null
  readonly folder: string
}

export interface Running {
  /** What one call of the load generator goes to. */
  readonly targets: readonly Target[]
  /** The proxy's processes, workers included; none where there is no proxy. */
  readonly pids: readonly number[]
  /** From the start of the program to the first answered call; null where there is no proxy. */
  readonly startupMs: number | null
  stop(): Promise<void>
}

export interface Contestant {
  readonly name: string
  /** Why it cannot take part on this machine; undefined where it can. */
  readonly missing: string | undefined
  version(): Promise<string>
  supports(task: Task): boolean
  start(task: Task, to: Destinations, around: Surroundings): Promise<Running>
}

/** How long a mirror may take to answer, the same for every proxy. */
export const mirrorTimeoutMs = 2_000

/** A proxy's own listener and the folder for its configuration and logs. */
export interface Place {
  readonly port: number
  readonly folder: string
}

/** @param write puts the configuration into the folder. @returns the command that starts the program in the foreground. */
export async function runProxy(name: string, around: Surroundings, write: (place: Place) => Promise<readonly string[]>): Promise<Running> {
  const folder = mkdtempSync(join(around.folder, `${name}-`))
  const port = await freePort()
  const command = pinned(around.cpus, await write({ port, folder }))
  const since = performance.now()
  const child = await startChild(command, { output: join(folder, `${name}.out`) })
  try {
    const startupMs = await firstAnswer(child, port, since)
    return { targets: [{ port, path: '/' }], pids: processTree(child.pid), startupMs, stop: () => child.stop() }
  } catch (error) {
    await child.stop()
    throw error
  }
}

/** The reason that is printed for a program that was not found. */
export function notInstalled(program: string | undefined): string | undefined {
  return program === undefined ? 'not installed' : undefined
}
