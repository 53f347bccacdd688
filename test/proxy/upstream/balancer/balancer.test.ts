import { expect, test } from 'vitest'
import type { BalanceConfig } from '../../../../proxy/config/schema/upstream.ts'
import { createBalancer } from '../../../../proxy/upstream/balancer/balancer.ts'
import { Endpoint } from '../../../../proxy/upstream/endpoint/endpoint.ts'
import { outboundCall } from '../../../harness/recorded-call.ts'
import { SeededRandom } from '../../../harness/seeded-random.ts'

const call = outboundCall()

function endpointsOf(...weights: number[]): Endpoint[] {
  return weights.map((weight, index) => new Endpoint(`10.0.0.${index + 1}`, 80, weight))
}

function byUser(index: number) {
  return outboundCall({ headers: ['x-user', `user-${index % 1_000}`] })
}

function balancerOf(config: BalanceConfig) {
  const random = new SeededRandom(7)
  return createBalancer(config, { float: () => random.float(), hex: () => 'ab' })
}

/** How often each endpoint is picked. */
function shares(config: BalanceConfig, endpoints: readonly Endpoint[], picks: number, callOf = (_index: number) => call): number[] {
  const balancer = balancerOf(config)
  const counts = endpoints.map(() => 0)
  for (let i = 0; i < picks; i++) {
    const index = endpoints.indexOf(balancer.pick(endpoints, callOf(i)))
    counts[index] = (counts[index] ?? 0) + 1
  }
  return counts
}

test.each(['leastRequest', 'roundRobin', 'random', { hash: { source: true } }] as const)(
  '%o: a single endpoint gets every call',
  (config) => {
    expect(shares(config, endpointsOf(3), 10)).toEqual([10])
  },
)

test('round robin follows the weights exactly', () => {
  expect(shares('roundRobin', endpointsOf(1, 2, 7), 100)).toEqual([10, 20, 70])
})

test.each(['random', 'leastRequest'] as const)('%s: without load, shares follow the weights', (config) => {
  const [a = 0, b = 0, c = 0] = shares(config, endpointsOf(1, 2, 7), 100_000)
  expect(Math.abs(a / 100_000 - 0.1)).toBeLessThan(0.01)
  expect(Math.abs(b / 100_000 - 0.2)).toBeLessThan(0.01)
  expect(Math.abs(c / 100_000 - 0.7)).toBeLessThan(0.01)
})

test.each(['random', 'leastRequest'] as const)('%s: endpoints of the same weight get the same share', (config) => {
  for (const count of shares(config, endpointsOf(2, 2, 2, 2), 40_000)) expect(Math.abs(count / 40_000 - 0.25)).toBeLessThan(0.015)
})

test('least request avoids the busy endpoint, measured by its weight', () => {
  const [light, heavy] = endpointsOf(1, 4) as [Endpoint, Endpoint]
  const balancer = balancerOf('leastRequest')
  light.active = 1
  heavy.active = 3
  for (let i = 0; i < 50; i++) expect(balancer.pick([light, heavy], call)).toBe(heavy)
  heavy.active = 5
  for (let i = 0; i < 50; i++) expect(balancer.pick([light, heavy], call)).toBe(light)
})

test('least request never picks the busiest of many', () => {
  const endpoints = endpointsOf(1, 1, 1, 1, 1)
  for (const endpoint of endpoints) endpoint.active = 1
  const busiest = endpoints[2] as Endpoint
  busiest.active = 9
  expect(shares('leastRequest', endpoints, 1_000)[2]).toBe(0)
})

test('hash keeps a key on one endpoint, and spreads keys by weight', () => {
  const endpoints = endpointsOf(1, 3)
  const config = { hash: { header: 'X-User' } } as const
  const once = shares(config, endpoints, 1_000, byUser)
  expect((once[1] ?? 0) / 1_000).toBeCloseTo(0.75, 1)
  expect(shares(config, endpoints, 3_000, byUser)).toEqual(once.map((count) => count * 3))
})

test('hash moves only the keys of an endpoint that goes', () => {
  const [a, b, c] = endpointsOf(1, 1, 1) as [Endpoint, Endpoint, Endpoint]
  const balancer = balancerOf({ hash: { source: true } })
  const calls = Array.from({ length: 500 }, (_, index) => outboundCall({ callerAddress: `192.0.2.${index}` }))
  const before = calls.map((each) => balancer.pick([a, b, c], each))
  const after = calls.map((each) => balancer.pick([a, c], each))
  const moved = before.filter((endpoint, index) => endpoint !== after[index])
  expect(new Set(moved)).toEqual(new Set([b]))
})

test('hash without a key falls back to least request', () => {
  const [busy, free] = endpointsOf(1, 1) as [Endpoint, Endpoint]
  busy.active = 5
  const balancer = balancerOf({ hash: { cookie: 'session' } })
  for (let i = 0; i < 20; i++) expect(balancer.pick([busy, free], call)).toBe(free)
})

test.each(['leastRequest', 'roundRobin', 'random'] as const)('%s: a new list of endpoints takes effect at once', (config) => {
  const [a, b, c] = endpointsOf(1, 1, 1) as [Endpoint, Endpoint, Endpoint]
  const balancer = balancerOf(config)
  for (let i = 0; i < 10; i++) balancer.pick([a, b], call)
  for (let i = 0; i < 10; i++) expect(balancer.pick([c], call)).toBe(c)
})
