/**
 * Least request by the power of two choices: of two endpoints drawn at random, the one with fewer calls in progress for its weight.
 *
 * Both are drawn by weight and the first one wins a tie, so shares follow the weights when there is no load to compare.
 */
import type { Random } from '../../runtime/random.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { Balancer } from './balancer.ts'
import { WeightedDraw } from './weighted-draw.ts'

export class LeastRequestBalancer implements Balancer {
  readonly #random: Random
  #endpoints: readonly Endpoint[] = []
  #draw: WeightedDraw

  constructor(random: Random) {
    this.#random = random
    this.#draw = new WeightedDraw([], random)
  }

  pick(endpoints: readonly Endpoint[]): Endpoint {
    if (endpoints.length === 1) return endpoints[0] as Endpoint
    if (endpoints !== this.#endpoints) this.#use(endpoints)
    const first = this.#draw.draw()
    const second = this.#draw.drawOther(first)
    return lighter(endpoints[first] as Endpoint, endpoints[second] as Endpoint)
  }

  #use(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints
    this.#draw = new WeightedDraw(
      endpoints.map((endpoint) => endpoint.weight),
      this.#random,
    )
  }
}

/** Compares `active / weight` without dividing. */
function lighter(first: Endpoint, second: Endpoint): Endpoint {
  return second.active * first.weight < first.active * second.weight ? second : first
}
