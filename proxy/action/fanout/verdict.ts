/**
 * When a fan-out is decided: as soon as nothing that still runs can change the outcome, and not before.
 */
export type BranchState = 'running' | 'succeeded' | 'failed'

export type Verdict = 'undecided' | 'success' | 'failure'

/** So many of these have to succeed. `all` needs each of them, `any` one, `required` each that is required, `quorum` n of all. */
export interface Quota {
  readonly need: number
  /** Indexes of destinations. */
  readonly of: readonly number[]
}

/** Success takes every quota; one that cannot be met any more is a failure. */
export function verdict(quotas: readonly Quota[], states: readonly BranchState[]): Verdict {
  let outcome: Verdict = 'success'
  for (const quota of quotas) {
    const one = quotaVerdict(quota, states)
    if (one === 'failure') return 'failure'
    if (one === 'undecided') outcome = 'undecided'
  }
  return outcome
}

function quotaVerdict({ need, of }: Quota, states: readonly BranchState[]): Verdict {
  let succeeded = 0
  let failed = 0
  for (const index of of) {
    if (states[index] === 'succeeded') succeeded++
    if (states[index] === 'failed') failed++
  }
  if (succeeded >= need) return 'success'
  return of.length - failed < need ? 'failure' : 'undecided'
}
