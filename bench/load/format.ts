/**
 * How figures are written.
 */
import type { Spread } from './spread.ts'

/** Three significant digits or so: what is beyond is noise. */
export function readable(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US')
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

export function shown(spread: Spread | null): string {
  return spread === null ? '-' : readable(spread.median)
}

/** With half the distance between the lowest and the highest round, in percent of the median; nothing after a single round. */
export function withSpread(spread: Spread | null): string {
  if (spread === null) return '-'
  const { median, min, max } = spread
  return min === max ? readable(median) : `${readable(median)} ±${((50 * (max - min)) / median).toFixed(0)}%`
}

export function withRange(spread: Spread | null): string {
  if (spread === null) return '-'
  const { median, min, max } = spread
  return min === max ? readable(median) : `${readable(median)} (${readable(min)} to ${readable(max)})`
}
