/**
 * What the bench knows of a proxy: one small interface, one file each in peers/.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificates } from './certificates.ts'
import { startChild } from './child.ts'
import { firstAnswer } from './first-answer.ts'
import { pinned } from './pinning.ts'
import { freePort } from './ports.ts'
import { processTree } from './process-figures.ts'
import type { CallerTls, Target } from './target.ts'
import { type Task, routesOf } from './task.ts'

/** Ports of 127.0.0.1 where the calls, and their copies, go. */
export interface Destinations {
  readonly origin: number
  /** The same origin behind TLS. */
  readonly encrypted: number
  /** Second destination of a fan-out. */
  readonly second: number
  readonly mirror: number
}

/** Where a contestant runs and writes. */
export interface Surroundings {
  /** CPU list of the proxy, null for any. */
  readonly cpus: string | null
  /** CPU list of what is not measured. */
  readonly otherCpus: string | null
  readonly folder: string
  readonly certificates: Certificates
  /** Port of the collector for spans. */
  readonly collector: number
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
  /** What it does while it is measured, besides its task. */
  readonly telemetry: string
  version(): Promise<string>
  supports(task: Task): boolean
  start(task: Task, to: Destinations, around: Surroundings): Promise<Running>
}

/** How long a mirror may take to answer, the same for every proxy. */
export const mirrorTimeoutMs = 1_000

/** Percentage of calls that are traced, the same for every proxy that can export spans. */
export const tracedPercent = 1

/** A proxy's own listener and the folder for its configuration and logs. */
export interface Place {
  readonly port: number
  readonly folder: string
}

export function callerTls({ authority, caller }: Certificates): CallerTls {
  return { ca: authority.cert, cert: caller.cert, key: caller.key }
}

/**
 * Starts one program.
 * @param write puts its configuration into the folder. @returns the command that runs it in the foreground.
 */
export async function runProxy(
  name: string,
  task: Task,
  around: Surroundings,
  write: (place: Place) => Promise<readonly string[]>,
): Promise<Running> {
  const folder = mkdtempSync(join(around.folder, `${name}-`))
  const port = await freePort()
  const target: Target = { port, tls: task === 'tls-caller' ? callerTls(around.certificates) : null }
  const command = pinned(around.cpus, await write({ port, folder }))
  const since = performance.now()
  const child = await startChild(command, { output: join(folder, `${name}.out`) })
  const stop = async (): Promise<void> => {
    await child.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const startupMs = await firstAnswer(child, target, { path: '/', uploadBytes: 0, routes: routesOf(task) }, since)
    return { targets: [target], pids: processTree(child.pid), startupMs, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The reason that is printed for a program that was not found. */
export function notInstalled(program: string | undefined): string | undefined {
  return program === undefined ? 'not installed' : undefined
}
