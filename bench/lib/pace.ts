/**
 * When the next call begins.
 *
 * Closed loop: at once, as soon as a connection is free, so that a slow proxy is asked less. It finds the throughput.
 * Open loop: at fixed instants, whether or not earlier calls were answered. A call that has to wait for a free connection is
 * measured from the instant at which it was due, so that a stall shows in every call that it delayed (no coordinated omission).
 */
export interface Pace {
  /** @returns the instant from which the next call is measured, -1 where none is due. @param now milliseconds, monotonic. */
  next(now: number): number
  /** Once the window is over: the instants at which calls were due that were never begun. */
  overdue(): number[]
}

/** @param end no call becomes due at or after this instant. */
export function closedLoop(end: number): Pace {
  return { next: (now) => (now < end ? now : -1), overdue: () => [] }
}

/** @param ratePerSecond calls that become due each second, evenly spaced from `start`. */
export function openLoop(start: number, end: number, ratePerSecond: number): Pace {
  const intervalMs = 1_000 / ratePerSecond
  let taken = 0
  const due = (index: number): number => start + index * intervalMs
  return {
    next(now) {
      const instant = due(taken)
      if (instant > now || instant >= end) return -1
      taken++
      return instant
    },
    overdue() {
      const left: number[] = []
      for (let index = taken; due(index) < end; index++) left.push(due(index))
      return left
    },
  }
}
