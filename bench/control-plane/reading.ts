/**
 * One figure as it was measured, beside what Tandem has set itself.
 */
import { quantile } from '../lib/quantiles.ts'
import type { Site } from './site.ts'

export interface Reading {
  /** What was measured, in words. */
  readonly text: string
  readonly unit: 'MiB' | 's' | 'ms'
  /** Met when the figure is at most this; null where it is shown for itself. */
  readonly limit: number | null
  readonly reached: number
  /** What `reached` was taken from. */
  readonly samples: readonly number[]
}

/** @throws an Error that says what did not work at all. */
export type Measure = (site: Site) => Promise<readonly Reading[]>

type Facts = Pick<Reading, 'text' | 'unit' | 'limit'>

export function single(facts: Facts, value: number): Reading {
  return { ...facts, reached: value, samples: [value] }
}

/** The p99 of few samples is the largest of them. */
export function p99(facts: Facts, samples: readonly number[]): Reading {
  return {
    ...facts,
    reached: quantile(
      samples.toSorted((a, b) => a - b),
      0.99,
    ),
    samples,
  }
}

export function isMet({ limit, reached }: Reading): boolean {
  return limit === null || reached <= limit
}
