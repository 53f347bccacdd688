/**
 * Smooth weighted round robin (nginx's algorithm): exact shares, evenly spread, no randomness.
 *
 * Invariant: any window of `sum / gcd` consecutive picks holds each index exactly `weight / gcd` times,
 * so weights that sum to 100 are exact over any 100 calls. An index of weight 0 is never picked.
 * Which destinations may be picked at all (health, stickiness) is decided elsewhere.
 */

/** Longest cycle that is laid out beforehand; a longer one is worked out pick by pick, in time proportional to the number of weights. */
const longestCycle = 1024

/**
 * @param weights whole numbers, 0 or more.
 * @returns picks the next index; -1 where no weight is above 0.
 */
export function smoothWeighted(weights: readonly number[]): () => number {
  const divisor = weights.reduce(greatestCommonDivisor, 0)
  if (divisor === 0) return () => -1
  const reduced = weights.map((weight) => weight / divisor)
  const sum = reduced.reduce((total, weight) => total + weight, 0)
  if (sum > longestCycle) return stepper(reduced, sum)
  return repeat(Uint16Array.from({ length: sum }, stepper(reduced, sum)))
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

function repeat(cycle: Uint16Array): () => number {
  let at = cycle.length - 1
  return () => {
    at = at === cycle.length - 1 ? 0 : at + 1
    return cycle[at] as number
  }
}

/** Each pick, every index earns its weight, and the richest pays the sum. The credits return to zero after `sum` picks. */
function stepper(weights: readonly number[], sum: number): () => number {
  const credits = new Float64Array(weights.length)
  return () => {
    let richest = 0
    for (let i = 0; i < weights.length; i++) {
      credits[i] = (credits[i] as number) + (weights[i] as number)
      if ((credits[i] as number) > (credits[richest] as number)) richest = i
    }
    credits[richest] = (credits[richest] as number) - sum
    return richest
  }
}
