/**
 * A wheel: a place that goes round in equal steps, one step a turn. Exact shares are told by where it stands.
 *
 * Invariant: turns are taken one after the other, whoever takes them, so what is exact over a sequence of turns is exact over the calls
 * of all threads that share the wheel.
 */

/** Takes a turn. @returns where the wheel stood before, from 0 to below its size. */
export type Wheel = () => number

/**
 * @param step from 0 to `size`. @param size above 0; both whole numbers, and together below 2^31.
 */
export type MakeWheel = (step: number, size: number) => Wheel

/** Turned by this thread alone. */
export const ownWheel: MakeWheel = (step, size) => {
  let place = 0
  return () => {
    const at = place
    place = after(at, step, size)
    return at
  }
}

/** @returns makes a wheel that stands in `cells[index]`, and is turned by every thread that has these cells. */
export function sharedWheel(cells: Int32Array, index: number): MakeWheel {
  return (step, size) => () => {
    for (;;) {
      const at = Atomics.load(cells, index)
      if (Atomics.compareExchange(cells, index, at, after(at, step, size)) === at) return at
    }
  }
}

function after(at: number, step: number, size: number): number {
  const next = at + step
  return next >= size ? next - size : next
}
