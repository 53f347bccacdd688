/**
 * Quantiles of measured times, exact: every sample is kept, none is put into a bucket.
 */
export interface LatencySummary {
  readonly samples: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

/** @param sorted ascending. @param share 0 to 1. @returns the smallest sample that at least that share is not above (nearest rank); 0 of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  return sorted[rank - 1] ?? 0
}

/** The middle, or the mean of the middle two. 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[upper] ?? 0
  return ((sorted[upper - 1] ?? 0) + (sorted[upper] ?? 0)) / 2
}

/** Samples as they come. Grows by doubling, so that recording one costs next to nothing while a window is measured. */
export class LatencyRecorder {
  #samples = new Float64Array(65_536)
  #count = 0

  add(ms: number): void {
    if (this.#count === this.#samples.length) this.#grow()
    this.#samples[this.#count++] = ms
  }

  get count(): number {
    return this.#count
  }

  summary(): LatencySummary {
    const sorted = this.#samples.slice(0, this.#count).toSorted()
    const at = (share: number): number => quantile(sorted, share)
    return { samples: this.#count, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) }
  }

  #grow(): void {
    const larger = new Float64Array(this.#samples.length * 2)
    larger.set(this.#samples)
    this.#samples = larger
  }
}
