/**
 * Seconds of what `npm run test:soak -- --mesh rotation` and `root-change` do for minutes.
 */
import { expect, test } from 'vitest'
import { rootChange } from '../soak/mesh/root-change.ts'
import { rotation } from '../soak/mesh/rotation.ts'

const limits = { timeout: 120_000 }

test('certificates of 40 s are changed under load: no call fails, and none is used after its end', limits, async () => {
  const { wrong } = await rotation({ ttl: '40s', callsPerSecond: 25, seed: 1, enough: (certificates) => certificates >= 4 })
  expect(wrong).toEqual([])
})

test('the root is changed under load: no call fails while both are trusted, nor when the new one signs', limits, async () => {
  const { wrong } = await rootChange({ ttl: '40s', overlap: '3s', callsPerSecond: 25, seed: 1, toTheEnd: false })
  expect(wrong).toEqual([])
})
