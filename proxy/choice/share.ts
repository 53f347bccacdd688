/**
 * An exact share of a sequence of calls: 5 percent is every twentieth, not one in twenty on average.
 *
 * Invariant: after n calls, `n * percent / 100` of them, rounded to the nearest whole, were chosen, however long it runs:
 * the count is kept in whole numbers (Bresenham's line), so nothing drifts.
 */

/** Digits behind the point that are told apart; percentages below 1e-12 count as 0. */
const mostDecimals = 12

/**
 * @param percent 0 (never) to 100 (always), fractions allowed: 0.5 is one call in 200.
 * @returns tells for each call in turn whether it belongs to the share.
 */
export function everyPercent(percent: number): () => boolean {
  const scale = scaleOf(percent)
  const step = Math.round(percent * scale)
  const whole = 100 * scale
  let level = Math.floor(whole / 2)
  return () => {
    level += step
    if (level < whole) return false
    level -= whole
    return true
  }
}

/** The smallest power of ten that makes the percentage a whole number, as it was written in the configuration. */
function scaleOf(percent: number): number {
  let scale = 1
  for (let decimals = 0; decimals < mostDecimals && Math.round(percent * scale) / scale !== percent; decimals++) scale *= 10
  return scale
}
