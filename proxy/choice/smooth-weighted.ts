/**
 * Smooth weighted round robin: exact shares, evenly spread, no randomness.
 *
 * Invariant: any window of `sum / gcd` consecutive picks holds each index exactly `weight / gcd` times,
 * so weights that sum to 100 are exact over any 100 calls. An index of weight 0 is never picked.
 * Which destinations may be picked at all (health, stickiness) is decided elsewhere.
 */
import { type MakeWheel, ownWheel, type Wheel } from './wheel.ts'

/** Longest cycle that is laid out beforehand. */
const longestCycle = 1024

/**
 * @param weights whole numbers, 0 or more.
 * @param wheel counts the picks; where several threads share it, the shares are exact over all their picks together.
 * @returns picks the next index; -1 where no weight is above 0.
 */
export function smoothWeighted(weights: readonly number[], wheel: MakeWheel = ownWheel): () => number {
  const divisor = weights.reduce(greatestCommonDivisor, 0)
  if (divisor === 0) return () => -1
  const reduced = weights.map((weight) => weight / divisor)
  const sum = reduced.reduce((total, weight) => total + weight, 0)
  if (sum > longestCycle) return strider(reduced, wheel(strideOf(sum), sum))
  return repeat(Uint16Array.from({ length: sum }, stepper(reduced, sum)), wheel)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

function repeat(cycle: Uint16Array, wheel: MakeWheel): () => number {
  const turn = wheel(1, cycle.length)
  return () => cycle[turn()] as number
}

/** nginx's algorithm: each pick, every index earns its weight, and the richest pays the sum. The credits return to zero after `sum` picks. */
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

/** A cycle too long to be laid out: each index owns as many places as it weighs, and the wheel comes to every place once a cycle. */
function strider(weights: readonly number[], turn: Wheel): () => number {
  return () => {
    let place = turn()
    let index = 0
    while (place >= (weights[index] as number)) place -= weights[index++] as number
    return index
  }
}

/** Near the golden section, which spreads the visits most evenly; without a common divisor, so that no place is left out. */
function strideOf(sum: number): number {
  let stride = Math.round(sum * 0.618_033_988_749_895)
  while (greatestCommonDivisor(stride, sum) !== 1) stride++
  return stride
}
