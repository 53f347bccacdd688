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
}

const everyMs = 1_000
const pagesEvery = 5

/** @param report called with a line now and then. Stops when told to, or when the process has ended. */
export async function watch(sidecar: SidecarProcess, report: (line: string) => void, signal: AbortSignal): Promise<Watched> {
  const watched = { residentMiB: [] as Sample[], descriptors: [] as Sample[] }
  const began = performance.now()
  for (let second = 1; !signal.aborted && sidecar.alive; second++) {
    await patiently(everyMs, signal)
    if (!sidecar.alive) break
    const atMs = performance.now() - began
    watched.residentMiB.push({ atMs, value: residentMiB(sidecar.pid) })
    watched.descriptors.push({ atMs, value: openDescriptors(sidecar.pid).all })
    if (second % pagesEvery === 0) await Promise.all(['/metrics', '/upstreams', '/config', '/stats'].map((path) => sidecar.page(path)))
    if (second % 30 === 0) report(line(second, watched))
  }
  return watched
}

function line(second: number, { residentMiB: resident, descriptors }: Watched): string {
  return `${second} s: ${resident.at(-1)?.value.toFixed(1)} MiB resident, ${descriptors.at(-1)?.value} descriptors`
}
