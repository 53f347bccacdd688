/**
 * Durations counted into fixed buckets: one array index a call, where a general histogram hashes labels.
 */

/** Upper bounds in seconds, as Prometheus shows them: 1 ms to 60 s. */
export const durationBounds: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const boundsMs = Float64Array.from(durationBounds, (seconds) => seconds * 1_000)

export interface DurationCounts {
  /** One count a bucket; the last is for what is beyond every bound. */
  readonly counts: Float64Array
  readonly count: number
  readonly sumMs: number
}

export class DurationHistogram implements DurationCounts {
  readonly counts = new Float64Array(boundsMs.length + 1)
  count = 0
  sumMs = 0

  record(durationMs: number): void {
    let bucket = 0
    while (bucket < boundsMs.length && durationMs > (boundsMs[bucket] as number)) bucket++
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.count++
    this.sumMs += durationMs
  }

  add(other: DurationCounts): void {
    for (let i = 0; i < this.counts.length; i++) this.counts[i] = (this.counts[i] as number) + (other.counts[i] as number)
    this.count += other.count
    this.sumMs += other.sumMs
  }

  /**
   * Interpolated within its bucket, like PromQL's `histogram_quantile`.
   * @param share 0 to 1. @returns milliseconds; the highest bound for what is beyond it, 0 where nothing was recorded.
   */
  quantileMs(share: number): number {
    const rank = share * this.count
    let below = 0
    for (let i = 0; i < boundsMs.length; i++) {
      const here = this.counts[i] as number
      if (here > 0 && below + here >= rank) {
        const from = i === 0 ? 0 : (boundsMs[i - 1] as number)
        return from + ((boundsMs[i] as number) - from) * ((rank - below) / here)
      }
      below += here
    }
    return this.count === 0 ? 0 : (boundsMs[boundsMs.length - 1] as number)
  }
}
