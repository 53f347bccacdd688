import { beforeAll, expect, test } from 'vitest'
import { GivenIdentity } from '../../../proxy/identity/given-identity.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { TestAuthority } from '../../harness/mesh-identity.ts'

let authority: TestAuthority

beforeAll(async () => {
  authority = await TestAuthority.create()
})

test('without a certificate nothing is shown and nobody is trusted', () => {
  const identity = new GivenIdentity(new ManualClock(), { certificate: null, bundle: '' })
  expect([identity.spiffeId, identity.notAfter, identity.secureContext()]).toEqual([null, null, null])
  expect(identity.verifyPeer([])).toEqual({ refused: 'this workload has no certificate yet, so it trusts nobody' })
  expect(identity.problem()).toBe('no certificate yet')
})

test('what was given is shown until the next one comes, or it ends', async () => {
  const clock = new ManualClock(Date.now())
  const source = await authority.identity('checkout')
  const identity = new GivenIdentity(clock, source.credentials())
  expect([identity.spiffeId, identity.notAfter]).toEqual([authority.idOf('checkout'), source.notAfter])
  const first = identity.secureContext()
  expect(first).not.toBe(null)
  expect(identity.secureContext()).toBe(first)
  source.renew(await authority.issue('checkout'))
  identity.take(source.credentials())
  const second = identity.secureContext()
  expect(second).not.toBe(first)
  clock.advance((source.notAfter ?? 0) - clock.wall() + 1)
  expect(identity.secureContext()).toBe(null)
  expect(identity.problem()).toContain('expired')
})
