/**
 * The origins of the soak test, and what befalls them: every few seconds one falls ill for a while, or dies and comes back on its old ports.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { SeededRandom } from '../harness/seeded-random.ts'
import type { Illness } from './origin-process.ts'

export interface OriginPorts {
  readonly http1: number
  readonly http2: number
}

const program = fileURLToPath(new URL('origin-process.ts', import.meta.url))
const fates: readonly (Illness | 'die')[] = ['hang', 'slow', 'garble', 'reset', 'die']
const wellMs = 2_500
const illMs = 1_500

export class Origin {
  ports: OriginPorts = { http1: 0, http2: 0 }
  #child: ChildProcess | null = null

  async start(): Promise<void> {
    const child = fork(program, [String(this.ports.http1), String(this.ports.http2)])
    this.#child = child
    const [ports] = (await once(child, 'message')) as [OriginPorts]
    this.ports = ports
  }

  become(illness: Illness): void {
    this.#child?.send(illness)
  }

  async die(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}

/** Makes one origin at a time ill until told to stop; all are well and alive when it resolves. */
export async function befall(
  origins: readonly Origin[],
  random: SeededRandom,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  while (!signal.aborted) {
    await patiently(wellMs, signal)
    const [origin, fate] = [random.pick(origins), random.pick(fates)]
    counts[fate] = (counts[fate] ?? 0) + 1
    if (fate === 'die') await origin.die()
    else origin.become(fate)
    await patiently(illMs, signal)
    if (fate === 'die') await origin.start()
    else origin.become('well')
  }
  return counts
}

/** Waits, or until told to stop. */
export async function patiently(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined)
}
