/**
 * Whether this machine's clock and the control plane's agree. Certificates are good a minute before they were made, and no longer.
 */
import { distance } from '../svid/validity.ts'

const toleratedMs = 60_000

/** @param theirs epoch milliseconds, to the second; null where nobody said. @returns undefined when they agree. */
export function clockProblem(ours: number, theirs: number | null): string | undefined {
  if (theirs === null) return undefined
  const ahead = ours - theirs
  if (Math.abs(ahead) <= toleratedMs) return undefined
  return `this machine's clock is ${distance(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the control plane's`
}
