/**
 * An exact share of a sequence of calls: 5 percent is every twentieth, not one in twenty on average.
 *
 * Invariant: after n calls, `n * percent / 100` of them, rounded to the nearest whole, were chosen, however long it runs:
 * the count is kept in whole numbers (Bresenham's line), so nothing drifts.
 */
import { type MakeWheel, ownWheel } from './wheel.ts'

/** Digits behind the point that are told apart, one call in a billion; a wheel has no room for more. */
const mostDecimals = 7

/**
 * @param percent 0 (never) to 100 (always), fractions allowed: 0.5 is one call in 200.
 * @param wheel counts the calls; where several threads share it, the share is one of all their calls together.
 * @returns tells for each call in turn whether it belongs to the share.
 */
export function everyPercent(percent: number, wheel: MakeWheel = ownWheel): () => boolean {
  const scale = scaleOf(percent)
  const step = Math.round(percent * scale)
  const whole = 100 * scale
  const half = Math.floor(whole / 2)
  const turn = wheel(step, whole)
  return () => {
    const place = turn()
    const level = place < whole - half ? place + half : place + half - whole
    return level + step >= whole
  }
}

/** The smallest power of ten that makes the percentage a whole number, as it was written in the configuration. */
function scaleOf(percent: number): number {
  let scale = 1
  for (let decimals = 0; decimals < mostDecimals && Math.round(percent * scale) / scale !== percent; decimals++) scale *= 10
  return scale
}
