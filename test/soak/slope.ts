/**
 * The trend of a series of samples: a straight line by least squares.
 */
export interface Sample {
  readonly atMs: number
  readonly value: number
}

/** @returns value per minute; 0 for fewer than two samples. */
export function slopePerMinute(samples: readonly Sample[]): number {
  const count = samples.length
  if (count < 2) return 0
  const meanAt = samples.reduce((sum, { atMs }) => sum + atMs, 0) / count
  const meanValue = samples.reduce((sum, { value }) => sum + value, 0) / count
  let together = 0
  let apart = 0
  for (const { atMs, value } of samples) {
    together += (atMs - meanAt) * (value - meanValue)
    apart += (atMs - meanAt) ** 2
  }
  return apart === 0 ? 0 : (together / apart) * 60_000
}

/** The later half by time: what came before is warm-up. */
export function secondHalf(samples: readonly Sample[]): readonly Sample[] {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined) return []
  const middle = (first.atMs + last.atMs) / 2
  return samples.filter(({ atMs }) => atMs >= middle)
}
