/**
 * Consistent hashing: calls with the same key go to the same endpoint, and a change of endpoints moves as few keys as possible.
 * A call without the key has no endpoint of its own and goes where there is least to do.
 */
import { hashKeyOf } from '../../choice/hash-key.ts'
import { rendezvous } from '../../choice/rendezvous.ts'
import type { HashKeyConfig } from '../../config/schema/upstream.ts'
import type { OutboundCall } from '../../http/dispatch.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { Balancer } from './balancer.ts'

export class HashBalancer implements Balancer {
  readonly #key: HashKeyConfig
  readonly #keyless: Balancer
  #endpoints: readonly Endpoint[] = []
  #seeds: readonly string[] = []
  #weights: readonly number[] = []

  constructor(key: HashKeyConfig, keyless: Balancer) {
    this.#key = key
    this.#keyless = keyless
  }

  pick(endpoints: readonly Endpoint[], call: OutboundCall): Endpoint {
    const key = hashKeyOf(this.#key, call.headers, call.callerAddress)
    if (key === undefined) return this.#keyless.pick(endpoints, call)
    if (endpoints !== this.#endpoints) this.#use(endpoints)
    return endpoints[rendezvous(key, this.#seeds, this.#weights)] as Endpoint
  }

  #use(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints
    this.#seeds = endpoints.map((endpoint) => endpoint.address)
    this.#weights = endpoints.map((endpoint) => endpoint.weight)
  }
}
