/**
 * Looks at the sidecar once a second, and at what it says of itself now and then, as a scraper would.
 */
import { openDescriptors, residentMiB } from '../harness/process-memory.ts'
import type { Sample } from './slope.ts'
import { patiently } from './origins.ts'
import type { SidecarProcess } from './sidecar.ts'

export interface Watched {
  readonly residentMiB: readonly Sample[]
  readonly descriptors: readonly Sample[]
  /** What V8 holds, heap and buffers, garbage included. */
  readonly liveMiB: readonly Sample[]
}

const everyMs = 1_000
const pagesEvery = 5

/** @param report called with a line now and then. Stops when told to, or when the process has ended. */
export async function watch(sidecar: SidecarProcess, report: (line: string) => void, signal: AbortSignal): Promise<Watched> {
  const watched = { residentMiB: [] as Sample[], descriptors: [] as Sample[], liveMiB: [] as Sample[] }
  const began = performance.now()
  for (let second = 1; !signal.aborted && sidecar.alive; second++) {
    await patiently(everyMs, signal)
    if (!sidecar.alive) break
    const atMs = performance.now() - began
    watched.residentMiB.push({ atMs, value: residentMiB(sidecar.pid) })
    watched.descriptors.push({ atMs, value: openDescriptors(sidecar.pid).all })
    if (second % pagesEvery === 0) watched.liveMiB.push({ atMs, value: liveMiB(await sidecar.page('/metrics')) })
    if (second % pagesEvery === 0) await Promise.all(['/upstreams', '/config', '/stats'].map((path) => sidecar.page(path)))
    if (second % 10 === 0) report(line(second, watched))
  }
  return watched
}

function liveMiB(metrics: string): number {
  const bytes = ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'].map((name) =>
    Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)`, 'm').exec(metrics)?.[1] ?? 0),
  )
  return bytes.reduce((sum, each) => sum + each, 0) / 1024 / 1024
}

function line(second: number, { residentMiB: resident, descriptors, liveMiB: live }: Watched): string {
  return `${second} s: ${resident.at(-1)?.value.toFixed(1)} MiB resident, ${live.at(-1)?.value.toFixed(1)} held by V8, ${descriptors.at(-1)?.value} descriptors`
}
