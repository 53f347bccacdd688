/**
 * Exponential backoff with full jitter: each delay is uniform between zero and a ceiling that doubles,
 * so that callers which failed together do not come back together.
 */
import type { Random } from './random.ts'

export interface BackoffLimits {
  /** Ceiling of the first delay. */
  readonly baseMs: number
  /** Ceiling of every delay. */
  readonly maxMs: number
}

/** @param attempt 0 for the delay after the first failure. */
export function backoffMs(limits: BackoffLimits, attempt: number, random: Random): number {
  const ceiling = Math.min(limits.maxMs, limits.baseMs * 2 ** Math.min(attempt, 30))
  return random.float() * ceiling
}
