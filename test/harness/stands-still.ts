/**
 * Waits for something that has no event: that a figure changes no more.
 */
import { expect } from 'vitest'

/** Resolves when the figure is the same at two looks in a row. */
export function standsStill(figure: () => number): Promise<void> {
  let last = Number.NaN
  const look = () => {
    const same = figure() === last
    last = figure()
    return same
  }
  return expect.poll(look, { interval: 200, timeout: 10_000 }).toBe(true)
}
