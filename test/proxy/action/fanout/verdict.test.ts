import { expect, test } from 'vitest'
import { type BranchState, type Quota, verdict } from '../../../../proxy/action/fanout/verdict.ts'

const states = { r: 'running', s: 'succeeded', f: 'failed' } as const satisfies Record<string, BranchState>

const all: Quota[] = [{ need: 3, of: [0, 1, 2] }]
const any: Quota[] = [{ need: 1, of: [0, 1, 2] }]
const requiredFirstTwo: Quota[] = [{ need: 2, of: [0, 1] }]
const quorum: Quota[] = [{ need: 2, of: [0, 1, 2] }]
const fromLast: Quota[] = [{ need: 1, of: [2] }]

test.each([
  ['all', all, 'ssr', 'undecided'],
  ['all', all, 'sss', 'success'],
  ['all', all, 'rfr', 'failure'],
  ['any', any, 'rrr', 'undecided'],
  ['any', any, 'frs', 'success'],
  ['any', any, 'ffr', 'undecided'],
  ['any', any, 'fff', 'failure'],
  ['required', requiredFirstTwo, 'ssr', 'success'],
  ['required', requiredFirstTwo, 'ssf', 'success'],
  ['required', requiredFirstTwo, 'srs', 'undecided'],
  ['required', requiredFirstTwo, 'rfs', 'failure'],
  ['quorum of 2', quorum, 'srr', 'undecided'],
  ['quorum of 2', quorum, 'srf', 'undecided'],
  ['quorum of 2', quorum, 'srs', 'success'],
  ['quorum of 2', quorum, 'frf', 'failure'],
  ['from the last', fromLast, 'ffr', 'undecided'],
  ['from the last', fromLast, 'rrs', 'success'],
  ['from the last', fromLast, 'ssf', 'failure'],
  ['any, and the last', [...any, ...fromLast], 'srr', 'undecided'],
  ['any, and the last', [...any, ...fromLast], 'srf', 'failure'],
  ['any, and the last', [...any, ...fromLast], 'rrs', 'success'],
] as const)('%s: %s %s is %s', (_, quotas, letters, expected) => {
  const given = Array.from(letters, (letter) => states[letter as keyof typeof states])
  expect(verdict(quotas, given)).toBe(expected)
})
