/**
 * Routing as a hostile or mistaken control plane might push it: whatever comes is applied as a whole, or refused with a reason that
 * names an object by its path, and then what was in force stays. `TANDEM_FUZZ_SNAPSHOTS` says how many (2,000).
 */
import { expect, test } from 'vitest'
import { ConfiguredRouting } from '../../proxy/config/push/configured-routing.ts'
import { atOnce } from '../../proxy/runtime/steps.ts'
import { buildSnapshot, type Snapshot } from '../../proxy/snapshot.ts'
import { hostileRouting, namesAnObject } from '../harness/hostile-routing.ts'
import { ownFile } from '../harness/pushed-routing.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { snapshotDeps } from '../harness/snapshot-deps.ts'

const count = Number(process.env['TANDEM_FUZZ_SNAPSHOTS'] ?? 2_000)

test(`${count} pushed snapshots are applied or refused with a path, and the last good one stays in force`, { timeout: 300_000 }, () => {
  const deps = snapshotDeps()
  let configured = ConfiguredRouting.of(ownFile())
  let snapshot: Snapshot = atOnce(buildSnapshot(configured, null, deps))
  const reasons: { readonly seed: number; readonly reason: string }[] = []
  for (let seed = 0; seed < count; seed++) {
    const { objects } = configured
    const outcome = atOnce(configured.withPushed(`v${seed}`, hostileRouting(new SeededRandom(seed))))
    expect(configured.objects).toBe(objects)
    if (outcome.ok) {
      snapshot = atOnce(buildSnapshot(outcome.routing, snapshot, deps))
      configured = outcome.routing
    } else reasons.push({ seed, reason: outcome.reason })
  }
  expect(snapshot.version).toBe(configured.version)
  expect(reasons.filter(({ reason }) => !namesAnObject(reason))).toEqual([])
  expect(reasons.length).toBeGreaterThan(count / 10)
  expect(reasons.length).toBeLessThan((count * 9) / 10)
})
