/**
 * Draws indexes at random, each as often as its weight says.
 */
import type { Random } from '../../runtime/random.ts'

export class WeightedDraw {
  readonly #random: Random
  readonly #weights: readonly number[]
  readonly #sum: number
  /** All weights alike: an index is one multiplication away. */
  readonly #even: boolean

  /** @param weights at least one, each above 0. */
  constructor(weights: readonly number[], random: Random) {
    this.#random = random
    this.#weights = weights
    this.#sum = weights.reduce((total, weight) => total + weight, 0)
    this.#even = weights.every((weight) => weight === weights[0])
  }

  draw(): number {
    if (this.#even) return Math.floor(this.#random.float() * this.#weights.length)
    return this.#at(this.#random.float() * this.#sum, -1)
  }

  /** Draws among all indexes but one. There must be two or more. */
  drawOther(excluded: number): number {
    if (!this.#even) return this.#at(this.#random.float() * (this.#sum - (this.#weights[excluded] as number)), excluded)
    const index = Math.floor(this.#random.float() * (this.#weights.length - 1))
    return index < excluded ? index : index + 1
  }

  #at(point: number, excluded: number): number {
    let rest = point
    let last = 0
    for (let i = 0; i < this.#weights.length; i++) {
      if (i === excluded) continue
      last = i
      rest -= this.#weights[i] as number
      if (rest < 0) break
    }
    return last
  }
}
