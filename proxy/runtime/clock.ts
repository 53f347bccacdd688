/**
 * The clock: every reading of time and every timer of the sidecar goes through it,
 * so that a test can hold time still and move it by exact steps.
 */
export interface Timer {
  /** Forgets the timer; harmless when it has fired. */
  cancel(): void
}

export interface Clock {
  /** Monotonic milliseconds with fractions; only differences mean anything. */
  now(): number
  /** Milliseconds since the Unix epoch, for what people read. */
  wall(): number
  /** Calls `fire` once after `delayMs`. A pending timer does not keep the process alive. */
  after(delayMs: number, fire: () => void): Timer
}

/** Node refuses longer delays and would fire at once. */
const longestDelayMs = 2_147_483_647

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, fire) {
    const timeout = setTimeout(fire, Math.min(Math.max(0, delayMs), longestDelayMs))
    timeout.unref()
    return { cancel: () => clearTimeout(timeout) }
  },
}
