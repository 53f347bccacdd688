/**
 * A balancer chooses the endpoint of one call.
 *
 * What a balancer derives from the endpoints it derives again when it is given another list:
 * lists are replaced, never changed, so comparing the reference is enough.
 */
import type { BalanceConfig } from '../../config/schema/upstream.ts'
import type { OutboundCall } from '../../http/dispatch.ts'
import type { Random } from '../../runtime/random.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { HashBalancer } from './hash.ts'
import { LeastRequestBalancer } from './least-request.ts'
import { RandomBalancer } from './random.ts'
import { RoundRobinBalancer } from './round-robin.ts'

export interface Balancer {
  /** @param endpoints at least one. */
  pick(endpoints: readonly Endpoint[], call: OutboundCall): Endpoint
}

export function createBalancer(config: BalanceConfig, random: Random): Balancer {
  switch (config) {
    case 'leastRequest':
      return new LeastRequestBalancer(random)
    case 'roundRobin':
      return new RoundRobinBalancer()
    case 'random':
      return new RandomBalancer(random)
    default:
      return new HashBalancer(config.hash, new LeastRequestBalancer(random))
  }
}
