import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { splitPem } from '../../../proxy/svid/pem.ts'
import { derChain, hourMs, judge, request } from '../../control-plane/authority/test-authority.ts'
import { Simulation } from './simulated-control-plane.ts'

const minuteMs = 60_000

test('before the first certificate there is nobody to be and nobody to trust', async () => {
  const simulation = await Simulation.start()
  const { identity } = await simulation.sidecar()
  expect(identity).toMatchObject({ spiffeId: null, notAfter: null })
  expect(identity.secureContext()).toBeNull()
  expect(identity.bundle()).toBe('')
  expect(identity.verifyPeer([])).toEqual({ refused: 'this workload has no certificate yet, so it trusts nobody' })
  expect(identity.problem()).toBe('no certificate yet')
})

test('the token says who the workload is, and peers of the same control plane know each other', async () => {
  const simulation = await Simulation.start()
  const { identity, said } = await simulation.sidecar()
  await identity.start()
  expect(identity.spiffeId).toBe('spiffe://mesh.test/ns/shop/sa/checkout')
  expect(identity.notAfter).toBe(simulation.clock.wall() + 24 * hourMs)
  expect(identity.problem()).toBeUndefined()
  expect(identity.bundle()).toBe(simulation.control.authority.trustBundle())
  const peer = await simulation.control.authority.issue(await request(), { namespace: 'shop', account: 'payment', by: 'test' })
  expect(identity.verifyPeer(derChain(peer.chainPem), 'client')).toEqual({ id: 'spiffe://mesh.test/ns/shop/sa/payment' })
  expect(said).toHaveLength(1)
})

test('one certificate and bundle have one secure context, the next has another', async () => {
  const simulation = await Simulation.start()
  const { identity } = await simulation.sidecar()
  await identity.start()
  const first = identity.secureContext()
  expect(identity.secureContext()).toBe(first)
  await simulation.pass(14 * hourMs, hourMs)
  expect(identity.secureContext()).not.toBe(first)
})

test('renewal comes between 45 and 55 % of the life, authorised by the certificate', async () => {
  const simulation = await Simulation.start({ ttlMs: 100 * minuteMs })
  const { identity } = await simulation.sidecar()
  await identity.start()
  const renewals: number[] = []
  let since = simulation.clock.wall()
  identity.onChange(() => {
    renewals.push(simulation.clock.wall() - since)
    since = simulation.clock.wall()
  })
  await simulation.pass(30 * hourMs, 10_000)
  expect(renewals.length).toBeGreaterThan(30)
  expect(Math.min(...renewals)).toBeGreaterThanOrEqual(45 * minuteMs)
  expect(Math.max(...renewals)).toBeLessThanOrEqual(55 * minuteMs + 10_000)
  expect(new Set(renewals).size).toBeGreaterThan(10)
  expect(simulation.asked).toEqual(['token', ...renewals.map(() => 'certificate')])
})

test('ten minutes of 60 s certificates: always a valid one, each with a key of its own', async () => {
  const simulation = await Simulation.start({ ttlMs: minuteMs })
  const { identity } = await simulation.sidecar()
  await identity.start()
  await simulation.pass(10 * minuteMs, 1_000, () => {
    expect(identity.secureContext()).not.toBeNull()
    expect(identity.problem()).toBeUndefined()
  })
  const issued = simulation.control.auditLines().filter(({ event }) => event === 'issued')
  expect(issued.length).toBeGreaterThan(15)
  expect(new Set(issued.map(({ serial }) => serial)).size).toBe(issued.length)
})

test('while the control plane is down the certificate stays in use, and people hear of it in time', async () => {
  const simulation = await Simulation.start({ ttlMs: 100 * minuteMs })
  const { identity, said } = await simulation.sidecar()
  await identity.start()
  simulation.down = true
  await simulation.pass(74 * minuteMs, minuteMs)
  expect(identity.problem()).toBeUndefined()
  expect(said.at(-1)).toContain('ECONNREFUSED')
  await simulation.pass(2 * minuteMs, minuteMs)
  expect(identity.problem()).toBe('the certificate ends in 24 min 0 s and is not renewed: connect ECONNREFUSED')
  expect(identity.secureContext()).not.toBeNull()
  await simulation.pass(25 * minuteMs, minuteMs)
  expect(identity.problem()).toBe('the certificate expired 1 min 0 s ago, mesh connections are refused: connect ECONNREFUSED')
  expect(identity.secureContext()).toBeNull()
  expect(said.length).toBeLessThan(6)
  simulation.down = false
  await simulation.pass(minuteMs, 10_000)
  expect(identity.problem()).toBeUndefined()
  expect(identity.secureContext()).not.toBeNull()
  expect(simulation.asked.at(-1)).toBe('token')
})

test('a start without the control plane is over at once and goes on trying', async () => {
  const simulation = await Simulation.start()
  simulation.down = true
  const { identity } = await simulation.sidecar()
  await identity.start()
  expect(identity.problem()).toBe('no certificate yet: connect ECONNREFUSED')
  await simulation.pass(10 * minuteMs, 1_000)
  expect(simulation.asked.length).toBeGreaterThan(15)
  simulation.down = false
  await simulation.pass(minuteMs, 1_000)
  expect(identity.problem()).toBeUndefined()
})

test('a certificate that is accepted no more is renewed by the token', async () => {
  const simulation = await Simulation.start()
  const { identity, tokenId } = await simulation.sidecar()
  await identity.start()
  await simulation.control.tokens.revoke(tokenId)
  await simulation.pass(14 * hourMs, hourMs)
  expect(simulation.asked.slice(0, 3)).toEqual(['token', 'certificate', 'token'])
  await simulation.pass(6 * hourMs, hourMs)
  expect(identity.problem()).toContain(`and is not renewed: the control plane refused (401): the join token ${tokenId} was revoked`)
})

test('a stolen token gets the certificate of its workload and of no other', async () => {
  const simulation = await Simulation.start()
  const { identity } = await simulation.sidecar('payment')
  await identity.start()
  expect(identity.spiffeId).toBe('spiffe://mesh.test/ns/shop/sa/payment')
})

test.each([
  [10 * minuteMs, "this machine's clock is 10 min 0 s ahead of the control plane's"],
  [-10 * minuteMs, "this machine's clock is 10 min 0 s behind the control plane's"],
])('a clock that is %i ms ahead is named as the reason', async (aheadMs, reason) => {
  const simulation = await Simulation.start({ ttlMs: 5 * minuteMs })
  const { identity, said } = await simulation.sidecar()
  simulation.aheadMs = aheadMs
  await identity.start()
  expect(identity.problem()).toContain(reason)
  expect(said.at(-1)).toContain(reason)
  expect(identity.secureContext()).toBeNull()
})

test('a clock that is a little off does not matter', async () => {
  const simulation = await Simulation.start()
  const { identity } = await simulation.sidecar()
  simulation.aheadMs = -50_000
  await identity.start()
  expect(identity.problem()).toBeUndefined()
})

test('a clock that is off while the certificate is good is named all the same', async () => {
  const simulation = await Simulation.start()
  const { identity } = await simulation.sidecar()
  simulation.aheadMs = 5 * minuteMs
  await identity.start()
  expect(identity.secureContext()).not.toBeNull()
  expect(identity.problem()).toBe("this machine's clock is 5 min 0 s ahead of the control plane's")
})

test('a root change under way: at each moment two sidecars accept each other', async () => {
  const simulation = await Simulation.start({ ttlMs: 10 * minuteMs, overlapMs: 2 * minuteMs })
  const { control, clock } = simulation
  const { identity } = await simulation.sidecar()
  await identity.start()
  await control.authority.rotate()
  const oldest = control.authority.trustBundle()
  await simulation.pass(20 * minuteMs, 10_000, () => undefined)
  const { chainPem } = await control.authority.issue(await request(), { namespace: 'shop', account: 'payment', by: 'test' })
  expect(identity.verifyPeer(derChain(chainPem))).toHaveProperty('id')
  expect(judge(chainPem, oldest, clock.wall())).toHaveProperty('id')
  expect(splitPem(identity.bundle())).toHaveLength(1)
})

test('a pushed bundle is trusted from then on, and one that cannot be read changes nothing', async () => {
  const simulation = await Simulation.start()
  const { control } = simulation
  const { identity, said } = await simulation.sidecar()
  await identity.start()
  control.authority.onBundleChange((pem) => identity.useBundle(pem))
  let changes = 0
  identity.onChange(() => changes++)
  const before = identity.secureContext()
  await control.authority.rotate()
  expect(changes).toBe(1)
  expect(splitPem(identity.bundle())).toHaveLength(2)
  expect(identity.secureContext()).not.toBe(before)
  identity.useBundle(identity.bundle())
  identity.useBundle('hello')
  identity.useBundle('')
  expect(changes).toBe(1)
  expect(said.filter((line) => line.includes('cannot be read'))).toHaveLength(2)
  expect(new X509Certificate(identity.bundle()).subject).toBe('CN=Tandem CA')
})

test('after close nothing is asked any more', async () => {
  const simulation = await Simulation.start()
  const { identity } = await simulation.sidecar()
  await identity.start()
  await identity.close()
  simulation.clock.advance(48 * hourMs)
  await new Promise((resolve) => setImmediate(resolve))
  expect(simulation.asked).toEqual(['token'])
})

test('whoever asked is told of each trouble once, and of its end', async () => {
  const simulation = await Simulation.start({ ttlMs: 100 * minuteMs })
  const { identity } = await simulation.sidecar()
  await identity.start()
  const told: (string | undefined)[] = []
  identity.onTrouble(() => told.push(identity.problem()))
  simulation.down = true
  await simulation.pass(110 * minuteMs, 10_000)
  simulation.down = false
  await simulation.pass(minuteMs, 10_000)
  expect(told).toEqual([undefined, expect.stringContaining('ends in 2') as string, undefined])
})

test('a certificate that the control plane accepts no more is replaced at once, by a token that has come into its place', async () => {
  const simulation = await Simulation.start()
  const { identity, tokenId, replaceToken } = await simulation.sidecar()
  await identity.start()
  await simulation.control.tokens.revoke(tokenId)
  await replaceToken()
  const changed = new Promise<void>((resolve) => identity.onChange(resolve))
  identity.certificateRefused()
  await changed
  expect(simulation.asked).toEqual(['token', 'certificate', 'token'])
  expect(identity.problem()).toBeUndefined()
  identity.certificateRefused()
  identity.certificateRefused()
  await simulation.settled()
  expect(simulation.asked.slice(3)).toEqual(['certificate'])
})
