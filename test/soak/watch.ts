/**
 * Looks at the sidecar while it is soaked: descriptors and what it says of itself, as a scraper would, and after a full
 * collection its memory.
 */
import { openDescriptors, residentMiB } from '../harness/process-memory.ts'
import type { Inspector } from './inspector.ts'
import { patiently } from './origins.ts'
import type { SidecarProcess } from './sidecar.ts'
import type { Sample } from './slope.ts'

export interface Watched {
  readonly residentMiB: readonly Sample[]
  /** V8's heap and the buffers outside it. */
  readonly heldMiB: readonly Sample[]
  /** Resident with garbage, at its highest. */
  readonly peakMiB: number
}

const lookEveryMs = 1_000
const pages = ['/metrics', '/upstreams', '/config', '/stats'] as const
const collectEvery = 10
const reportEvery = 30

/** @param report called with a line now and then. Stops when told to, or when the process has ended. */
export async function watch(
  sidecar: SidecarProcess,
  inspector: Inspector,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<Watched> {
  const watched = { residentMiB: [] as Sample[], heldMiB: [] as Sample[], peakMiB: 0 }
  const began = performance.now()
  for (let second = 1; !signal.aborted; second++) {
    await patiently(lookEveryMs, signal)
    if (!sidecar.alive) break
    watched.peakMiB = Math.max(watched.peakMiB, residentMiB(sidecar.pid))
    if (second % collectEvery !== 0) continue
    await inspector.collectGarbage()
    const [metrics] = await Promise.all(pages.map((path) => sidecar.page(path)))
    const atMs = performance.now() - began
    watched.residentMiB.push({ atMs, value: residentMiB(sidecar.pid) })
    watched.heldMiB.push({ atMs, value: heldMiB(metrics ?? '') })
    if (second % reportEvery === 0) report(line(second, watched, openDescriptors(sidecar.pid).all))
  }
  return watched
}

function heldMiB(metrics: string): number {
  const bytes = ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'].map((name) =>
    Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)`, 'm').exec(metrics)?.[1]),
  )
  return bytes.reduce((sum, each) => sum + each, 0) / 1024 / 1024
}

function line(second: number, { residentMiB: resident, heldMiB: held, peakMiB }: Watched, descriptors: number): string {
  const figures = [resident.at(-1)?.value, held.at(-1)?.value, peakMiB].map((value) => value?.toFixed(1))
  return `${second} s: ${figures[0]} MiB resident, ${figures[1]} held by V8, peak ${figures[2]}, ${descriptors} descriptors`
}
