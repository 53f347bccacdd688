/**
 * What the workers report, added up: as if one thread had done it all.
 *
 * Invariant: totals never go down. What a worker that ended had reported goes on counting; what it did after its last report is lost.
 */
import { CallCounters } from '../telemetry/metrics/call-counters.ts'
import type { Losses, ServedFigures } from '../telemetry/metrics/gauges.ts'
import type { EndpointFigures, UpstreamFigures } from '../upstream/upstream.ts'
import type { WorkerReport } from './messages.ts'

const noLosses: Losses = { spansExported: 0, spansDropped: 0, linesDropped: 0 }

export class ReportSum {
  readonly #counters = new CallCounters()
  #losses = noLosses
  /** By role and name. */
  readonly #rejected = new Map<string, number>()

  /** Of a worker that has ended. */
  keep({ counters, losses, upstreams }: WorkerReport): void {
    this.#counters.absorb(counters)
    this.#losses = sumOf(this.#losses, losses)
    for (const upstream of upstreams) {
      const key = keyOf(upstream)
      this.#rejected.set(key, (this.#rejected.get(key) ?? 0) + upstream.bulkhead.rejected)
    }
  }

  /** @param reports of the workers that there are. */
  of(reports: readonly WorkerReport[]): ServedFigures & { readonly upstreams: readonly UpstreamFigures[] } {
    const counters = new CallCounters()
    counters.absorb(this.#counters)
    for (const report of reports) counters.absorb(report.counters)
    const losses = reports.reduce((sum, report) => sumOf(sum, report.losses), this.#losses)
    return { counters, losses, upstreams: this.#upstreams(reports) }
  }

  #upstreams(reports: readonly WorkerReport[]): UpstreamFigures[] {
    const parts = new Map<string, UpstreamFigures[]>()
    for (const upstream of reports.flatMap((report) => report.upstreams)) {
      const key = keyOf(upstream)
      const known = parts.get(key)
      if (known === undefined) parts.set(key, [upstream])
      else known.push(upstream)
    }
    return Array.from(parts, ([key, upstreams]) => oneOf(upstreams, this.#rejected.get(key) ?? 0))
  }
}

function keyOf({ role, name }: UpstreamFigures): string {
  return `${role} ${name}`
}

function sumOf(a: Losses, b: Losses): Losses {
  return {
    spansExported: a.spansExported + b.spansExported,
    spansDropped: a.spansDropped + b.spansDropped,
    linesDropped: a.linesDropped + b.linesDropped,
  }
}

/** The limits are the same in all of them: each names those of the whole process. */
function oneOf(parts: readonly UpstreamFigures[], rejected: number): UpstreamFigures {
  const { name, role, bulkhead } = parts[0] as UpstreamFigures
  const part = (kind: 'connections' | 'pending' | 'requests') => ({
    used: parts.reduce((sum, upstream) => sum + upstream.bulkhead[kind].used, 0),
    limit: bulkhead[kind].limit,
  })
  return {
    name,
    role,
    endpoints: endpointsOf(parts),
    bulkhead: {
      connections: part('connections'),
      pending: part('pending'),
      requests: part('requests'),
      rejected: parts.reduce((sum, upstream) => sum + upstream.bulkhead.rejected, rejected),
    },
  }
}

/** One that a worker still has calls on may have left the upstream already in the eyes of another. */
function endpointsOf(parts: readonly UpstreamFigures[]): EndpointFigures[] {
  const byAddress = new Map<string, EndpointFigures>()
  for (const endpoint of parts.flatMap(({ endpoints }) => endpoints)) {
    const { address } = endpoint
    const { weight, active, connections } = byAddress.get(address) ?? { weight: 0, active: 0, connections: 0 }
    byAddress.set(address, {
      address,
      weight: Math.max(weight, endpoint.weight),
      active: active + endpoint.active,
      connections: connections + endpoint.connections,
    })
  }
  return [...byAddress.values()]
}
