/**
 * What a fan-out that failed as a whole tells its caller: the status, and the response flags.
 */
import type { ShownBranch } from './document.ts'
import type { Quota } from './verdict.ts'

/** @returns the destinations that failed and whose success was asked for. */
export function countedFailures<Branch extends ShownBranch>(branches: readonly Branch[], quotas: readonly Quota[]): Branch[] {
  return branches.filter(({ state }, index) => state === 'failed' && quotas.some(({ of }) => of.includes(index)))
}

/** The real status of one that alone failed with a response; 504 when all that failed ran out of time; else 502. */
export function failureStatus(failures: readonly ShownBranch[]): number {
  const [only] = failures
  if (failures.length === 1 && only?.error === null && only.answer !== null) return only.answer.status
  return failures.length > 0 && failures.every(({ error }) => error?.code === 'deadline') ? 504 : 502
}

/** @returns the flags of all that failed, each once, comma separated. */
export function failureFlags(branches: readonly ShownBranch[]): string {
  const flags = new Set<string>()
  for (const { state, error } of branches) {
    if (state === 'failed' && error !== null && error.facts.flag !== '') flags.add(error.facts.flag)
  }
  return [...flags].join(',')
}
