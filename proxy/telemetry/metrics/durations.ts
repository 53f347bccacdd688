/**
 * Durations counted into fixed buckets: one array index a call, where a general histogram hashes labels.
 *
 * All figures of one histogram are in one array: their sum first, then one count a bucket. A quick call touches one line of the cache,
 * and the array goes from thread to thread as it is.
 */

/** Upper bounds in seconds, as Prometheus shows them: 1 ms to 60 s. */
export const durationBounds: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const boundsMs = Float64Array.from(durationBounds, (seconds) => seconds * 1_000)

const firstBucket = 1

export type Durations = Float64Array

export function noDurations(): Durations {
  return new Float64Array(firstBucket + boundsMs.length + 1)
}

export function recordDuration(durations: Durations, durationMs: number): void {
  let bucket = 0
  while (bucket < boundsMs.length && durationMs > (boundsMs[bucket] as number)) bucket++
  durations[0] = (durations[0] as number) + durationMs
  durations[firstBucket + bucket] = (durations[firstBucket + bucket] as number) + 1
}

export function addDurations(sum: Durations, other: Durations): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (other[i] as number)
}

export function sumMsOf(durations: Durations): number {
  return durations[0] as number
}

/** @returns one count a bucket; the last is for what is beyond every bound. */
export function bucketsOf(durations: Durations): Float64Array {
  return durations.subarray(firstBucket)
}

export function countOf(durations: Durations): number {
  return bucketsOf(durations).reduce((sum, count) => sum + count, 0)
}

/**
 * Interpolated within its bucket, like PromQL's `histogram_quantile`.
 * @param share 0 to 1. @returns milliseconds; the highest bound for what is beyond it, 0 where nothing was recorded.
 */
export function quantileMs(durations: Durations, share: number): number {
  const count = countOf(durations)
  const buckets = bucketsOf(durations)
  const rank = share * count
  let below = 0
  for (let i = 0; i < boundsMs.length; i++) {
    const here = buckets[i] as number
    if (here > 0 && below + here >= rank) {
      const from = i === 0 ? 0 : (boundsMs[i - 1] as number)
      return from + ((boundsMs[i] as number) - from) * ((rank - below) / here)
    }
    below += here
  }
  return count === 0 ? 0 : (boundsMs[boundsMs.length - 1] as number)
}
