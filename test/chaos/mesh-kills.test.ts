/**
 * Seconds of what `npm run test:soak -- --mesh kills`, `first-starts` and `snapshots` do for minutes.
 */
import { expect, test } from 'vitest'
import { firstStarts } from '../soak/mesh/first-starts.ts'
import { kills } from '../soak/mesh/kills.ts'
import { snapshots } from '../soak/mesh/snapshots.ts'

const limits = { timeout: 120_000 }

test(
  'programs of the mesh are killed under load: only calls within them fail, and everybody comes back to where the others are',
  limits,
  async () => {
    const { wrong } = await kills({ ttl: '2m', callsPerSecond: 25, seed: 1, enough: (count) => count >= 6 })
    expect(wrong).toEqual([])
  },
)

test('a control plane that is killed while it makes its root goes on at the next start', limits, async () => {
  const { wrong } = await firstStarts({ rounds: 3, seed: 1, latestKillMs: 800 })
  expect(wrong).toEqual([])
})

test('pushed snapshots are taken or refused as the language says while calls are served, and no call fails', limits, async () => {
  const { wrong } = await snapshots({ snapshots: 200, calls: 400, callsPerSecond: 100, seed: 1 })
  expect(wrong).toEqual([])
})
