/**
 * A figure over the rounds of a run: its median, and the lowest and highest round.
 */
import { median } from '../lib/quantiles.ts'

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @param values one of each round. @returns null where no round has the figure. */
export function spread(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : { median: median(known), min: Math.min(...known), max: Math.max(...known) }
}

/** @param rounds the windows of each round. @returns the median of all windows, and of the windows of the lowest and the highest round. */
export function windowSpread(rounds: readonly (readonly number[])[]): Spread | null {
  const medians = rounds.filter((windows) => windows.length > 0).map(median)
  return medians.length === 0 ? null : { median: median(rounds.flat()), min: Math.min(...medians), max: Math.max(...medians) }
}

/**
 * What is compared, by the medians of all windows of either side; the spread is that of the rounds.
 * @param combine a value and what it is compared with.
 */
export function comparedSpread(
  others: readonly (readonly number[])[],
  bases: readonly (readonly number[])[],
  combine: (value: number, reference: number) => number,
): Spread | null {
  const compared = others.map((windows, round) => combine(median(windows), median(bases[round] ?? [])))
  if (compared.length === 0 || !compared.every(Number.isFinite)) return null
  return { median: combine(median(others.flat()), median(bases.flat())), min: Math.min(...compared), max: Math.max(...compared) }
}

export const ratio = (value: number, reference: number): number => value / reference
export const difference = (value: number, reference: number): number => value - reference

export function scaled(figure: Spread | null, factor: number): Spread | null {
  return figure === null ? null : { median: figure.median * factor, min: figure.min * factor, max: figure.max * factor }
}
