/**
 * Weighted rendezvous hashing: one key always gets the same index, and keys spread by weight.
 *
 * Each index draws a number from the hash of key and seed, and the best score `-weight / ln(draw)` wins (Schindelhauer and
 * Schomaker, 2005). Invariant: when one weight changes, keys move only to or from that index, and no more of them than must.
 * Nothing is kept between calls, so all sidecars agree without talking to one another.
 */

/**
 * @param seeds what tells the indexes apart; they must differ from one another and stay the same across reloads.
 * @param weights 0 is never chosen.
 * @returns the index; -1 where no weight is above 0.
 */
export function rendezvous(key: string, seeds: readonly string[], weights: readonly number[]): number {
  const high = hash32(key, 0x9e3779b1)
  const low = hash32(key, 0x85ebca77)
  let best = -1
  let bestScore = -1
  for (let i = 0; i < seeds.length; i++) {
    const weight = weights[i] as number
    if (weight <= 0) continue
    const seed = seeds[i] as string
    const score = -weight / Math.log(uniform(hash32(seed, high), hash32(seed, low)))
    if (score > bestScore) {
      best = i
      bestScore = score
    }
  }
  return best
}

/** 52 of the 64 bits as a number strictly between 0 and 1, so that its logarithm is finite and below zero. */
function uniform(high: number, low: number): number {
  return ((high >>> 6) * 0x4000000 + (low >>> 6) + 0.5) / 0x10000000000000
}

/** Rounds of multiply and rotate per character, then an avalanche, so that neighbouring keys have nothing in common. Unsigned 32 bits. */
function hash32(text: string, seed: number): number {
  let h = seed ^ Math.imul(text.length, 0x27d4eb2f)
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x9e3779b1)
    h = (h << 13) | (h >>> 19)
  }
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}
