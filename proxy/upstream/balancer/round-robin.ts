/**
 * Round robin: each endpoint in turn, exactly as often as its weight says.
 */
import { smoothWeighted } from '../../choice/smooth-weighted.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { Balancer } from './balancer.ts'

export class RoundRobinBalancer implements Balancer {
  #endpoints: readonly Endpoint[] = []
  #next = smoothWeighted([])

  pick(endpoints: readonly Endpoint[]): Endpoint {
    if (endpoints !== this.#endpoints) {
      this.#endpoints = endpoints
      this.#next = smoothWeighted(endpoints.map((endpoint) => endpoint.weight))
    }
    return endpoints[this.#next()] as Endpoint
  }
}
