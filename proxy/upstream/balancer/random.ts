/**
 * Random: every call on its own, by weight. Keeps no count, so it does not mind how many sidecars do the same.
 */
import type { Random } from '../../runtime/random.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { Balancer } from './balancer.ts'
import { WeightedDraw } from './weighted-draw.ts'

export class RandomBalancer implements Balancer {
  readonly #random: Random
  #endpoints: readonly Endpoint[] = []
  #draw: WeightedDraw

  constructor(random: Random) {
    this.#random = random
    this.#draw = new WeightedDraw([], random)
  }

  pick(endpoints: readonly Endpoint[]): Endpoint {
    if (endpoints !== this.#endpoints) this.#use(endpoints)
    return endpoints[this.#draw.draw()] as Endpoint
  }

  #use(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints
    this.#draw = new WeightedDraw(
      endpoints.map((endpoint) => endpoint.weight),
      this.#random,
    )
  }
}
