/**
 * Random choices that a test can repeat: the same seed gives the same choices. The generator is a 32-bit Weyl sequence with mixing.
 */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Uniform in [0, 1). */
  float(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x100000000
  }

  /** Uniform among 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.float() * limit)
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** True in `percent` of the cases. */
  chance(percent: number): boolean {
    return this.float() * 100 < percent
  }
}
