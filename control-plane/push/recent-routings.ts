/**
 * The last few routings of each workload, so that a sidecar that comes back with one of them is sent only what changed.
 *
 * Invariant: at most `perWorkload` of at most `maxWorkloads`; those that were asked about longest ago are forgotten.
 */
import type { Routing } from '../../proxy/config/push/routing.ts'
import type { PushedRouting } from './routing-store.ts'

const perWorkload = 8
const maxWorkloads = 10_000

export class RecentRoutings {
  readonly #workloads = new Map<string, Map<string, Routing>>()

  /** @param workload any name of it. */
  remember(workload: string, { version, routing }: PushedRouting): void {
    const recent = this.#workloads.get(workload) ?? new Map<string, Routing>()
    this.#workloads.delete(workload)
    this.#workloads.set(workload, recent)
    recent.delete(version)
    recent.set(version, routing)
    forgetOldest(recent, perWorkload)
    forgetOldest(this.#workloads, maxWorkloads)
  }

  find(workload: string, version: string): Routing | undefined {
    return this.#workloads.get(workload)?.get(version)
  }
}

/** A Map keeps the order in which its keys were set. */
export function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
