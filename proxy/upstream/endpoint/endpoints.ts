/**
 * The endpoints of an upstream: listed in the configuration, or found behind a name.
 *
 * Invariant: `current` is replaced as a whole and never changed, so whoever derives something from it can tell by identity when to do so again.
 */
import { isIP } from 'node:net'
import type { UpstreamConfig } from '../../config/schema/upstream.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { DnsEndpoints } from './dns-endpoints.ts'
import { Endpoint, parseAddress } from './endpoint.ts'
import type { Resolve } from './resolver.ts'

export interface Endpoints {
  /** Empty where none is known (yet). */
  readonly current: readonly Endpoint[]
  /** False while the first resolution goes on: calls do better to wait for it. */
  readonly settled: boolean
  /** Why `current` is empty; one sentence for the caller. */
  readonly absence: string
  /** Resolves no more; the endpoints stay as they are. */
  close(): void
}

export interface EndpointsDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly resolve: Resolve
  /** `settled` has become true. */
  readonly onSettled: () => void
  /** It has left `current`. */
  readonly onRetired: (endpoint: Endpoint) => void
}

export function createEndpoints(upstream: string, config: UpstreamConfig, deps: EndpointsDeps): Endpoints {
  if (config.dns === undefined) return listed(upstream, (config.endpoints ?? []).map(toEndpoint))
  const { host, port } = parseAddress(config.dns)
  if (isIP(host) !== 0) return listed(upstream, [new Endpoint(host, port)])
  return new DnsEndpoints(upstream, { host, port, firstWithinMs: config.timeout.connect }, deps)
}

function listed(upstream: string, current: readonly Endpoint[]): Endpoints {
  return { current, settled: true, absence: `upstream ${upstream} has no endpoints`, close: () => undefined }
}

function toEndpoint(config: NonNullable<UpstreamConfig['endpoints']>[number]): Endpoint {
  const { address, weight } = typeof config === 'string' ? { address: config, weight: 1 } : config
  const { host, port } = parseAddress(address)
  return new Endpoint(host, port, weight)
}
