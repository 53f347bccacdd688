/**
 * What every kind of caller has in common: it makes one call, or a few that belong together, and says how each ended.
 */
import type { SeededRandom } from '../../harness/seeded-random.ts'
import type { Tally } from '../tally.ts'

export interface Callers {
  readonly port: number
  readonly tally: Tally
  readonly random: SeededRandom
}

/** Makes its calls and counts them; resolves when they are over. Never rejects. */
export type Caller = () => Promise<void>

/** No route of the soak test allows a call longer than this: a call that is not over by then hangs. */
export const patienceMs = 8_000

/** Status and flag as one word: `200`, `503 UF`. */
export function outcomeOf(status: number | undefined, flags: string | string[] | undefined): string {
  return flags === undefined ? String(status) : `${status} ${String(flags)}`
}

/** How a call ended that got no whole answer. */
export function errorOutcome(error: Error): string {
  return `error ${'code' in error ? String(error.code) : error.message}`
}
