/**
 * Long work as a list of short steps: whoever drives it decides whether it runs at once, or in slices between which the event loop
 * gets to its sockets. A step ends where the generator yields.
 */
import type { Clock } from './clock.ts'

export type Steps<T> = Generator<void, T>

/** So long a slice may take; a call that comes meanwhile waits no longer than that and one step. */
const sliceMs = 2

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Each slice has a turn of the event loop to itself: several works in a row would else be one long slice. @throws what a step throws. */
export async function inSlices<T>(steps: Steps<T>, clock: Clock): Promise<T> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    const end = clock.now() + sliceMs
    do {
      const step = steps.next()
      if (step.done === true) return step.value
    } while (clock.now() < end)
  }
}
