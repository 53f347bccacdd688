/**
 * Endpoints behind one name, resolved again whenever the answer has run out (Envoy's STRICT_DNS).
 *
 * Invariants: an address that stays keeps its `Endpoint`, and with it connections and counts. A failure changes nothing:
 * the old addresses stay, and it is logged once until the name resolves again.
 * Calls may wait for the first resolution, but no longer than the connect timeout.
 */
import type { Timer } from '../../runtime/clock.ts'
import { Endpoint } from './endpoint.ts'
import type { Endpoints, EndpointsDeps } from './endpoints.ts'
import type { Resolved } from './resolver.ts'

export interface DnsTarget {
  readonly host: string
  readonly port: number
  /** How long the first resolution may hold calls up. 0 for no limit. */
  readonly firstWithinMs: number
}

/** A TTL of 0 must not become a storm of queries, one of a day must not hide a change for a day. */
const shortestTtlMs = 1_000
const longestTtlMs = 300_000

/** After a failure; without any address yet it is worth asking more often. */
const retryMs = 5_000
const firstRetryMs = 1_000

export class DnsEndpoints implements Endpoints {
  current: readonly Endpoint[] = []
  settled = false
  absence: string
  readonly #upstream: string
  readonly #target: DnsTarget
  readonly #deps: EndpointsDeps
  #next: Timer | null = null
  #first: Timer | null = null
  #failing = false
  #closed = false

  constructor(upstream: string, target: DnsTarget, deps: EndpointsDeps) {
    this.#upstream = upstream
    this.#target = target
    this.#deps = deps
    this.absence = `${target.host} of upstream ${upstream} was not resolved within ${target.firstWithinMs} ms`
    if (target.firstWithinMs > 0) this.#first = deps.clock.after(target.firstWithinMs, () => this.#settle())
    this.#resolve()
  }

  close(): void {
    this.#closed = true
    this.#next?.cancel()
  }

  #resolve(): void {
    this.#deps.resolve(this.#target.host).then(
      (resolved) => this.#resolved(resolved),
      (error: unknown) => this.#failed(error),
    )
  }

  #resolved(resolved: Resolved): void {
    if (this.#failing) this.#log('info', 'the name resolves again')
    this.#failing = false
    this.#replace(resolved.addresses)
    this.#settle()
    this.#again(Math.min(Math.max(resolved.ttlMs, shortestTtlMs), longestTtlMs))
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.absence = `${this.#target.host} of upstream ${this.#upstream} does not resolve: ${reason}`
    if (!this.#failing) this.#log('warn', 'the name does not resolve; keeping the addresses that are known', reason)
    this.#failing = true
    this.#settle()
    this.#again(this.current.length === 0 ? firstRetryMs : retryMs)
  }

  #replace(addresses: readonly string[]): void {
    const known = new Map(this.current.map((endpoint) => [endpoint.host, endpoint]))
    const { host: name, port } = this.#target
    // Sorted, because name servers rotate their answers and a balancer must not take that for a change.
    const hosts = [...new Set(addresses)].toSorted()
    if (hosts.length === known.size && hosts.every((host) => known.has(host))) return
    this.current = hosts.map((host) => known.get(host) ?? new Endpoint(host, port, 1, name))
    for (const host of hosts) known.delete(host)
    for (const endpoint of known.values()) this.#retire(endpoint)
  }

  #retire(endpoint: Endpoint): void {
    endpoint.retired = true
    this.#deps.onRetired(endpoint)
  }

  #settle(): void {
    this.#first?.cancel()
    this.#first = null
    if (this.settled) return
    this.settled = true
    this.#deps.onSettled()
  }

  #again(delayMs: number): void {
    if (this.#closed) return
    this.#next = this.#deps.clock.after(delayMs, () => this.#resolve())
  }

  #log(level: 'info' | 'warn', message: string, reason?: string): void {
    this.#deps.logger[level](message, { upstream: this.#upstream, host: this.#target.host, reason })
  }
}
