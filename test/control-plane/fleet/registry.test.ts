import { expect, test } from 'vitest'
import type { FleetEntry } from '../../../control-plane/fleet/fleet.ts'
import { type FleetMember, FleetRegistry } from '../../../control-plane/fleet/registry.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

function member(node: string, { workload = 'checkout', account = 'checkout' }: { workload?: string; account?: string } = {}) {
  const entry: FleetEntry = { node, namespace: 'shop', workload, version: 'v1', state: 'current', reason: '', certificateNotAfter: null }
  return {
    node: { id: node, namespace: 'shop', workload, labels: {} },
    attested: { namespace: 'shop', account, by: 'token' },
    status: {},
    entry: () => entry,
  } satisfies FleetMember
}

test('lines are sorted by namespace, workload and node', () => {
  const fleet = new FleetRegistry(new ManualClock())
  for (const one of [member('b'), member('a', { workload: 'payment' }), member('a')]) fleet.connected(one)
  expect(fleet.entries().map(({ workload, node }) => `${workload}/${node}`)).toEqual(['checkout/a', 'checkout/b', 'payment/a'])
  expect(fleet.counts()).toEqual({ current: 3, pending: 0, nacked: 0, disconnected: 0 })
})

test('a sidecar that left is shown for an hour, with the reason', () => {
  const clock = new ManualClock()
  const fleet = new FleetRegistry(clock)
  const one = member('a')
  fleet.connected(one)
  fleet.disconnected(one, 'nothing was heard')
  expect(fleet.entries()).toMatchObject([{ node: 'a', state: 'disconnected', reason: 'nothing was heard', version: 'v1' }])
  expect(fleet.counts().disconnected).toBe(1)
  clock.advance(3_599_999)
  expect(fleet.entries()).toHaveLength(1)
  clock.advance(1)
  expect(fleet.entries()).toEqual([])
})

test('one that is back is shown once', () => {
  const fleet = new FleetRegistry(new ManualClock())
  const [before, after] = [member('a'), member('a')]
  fleet.connected(before)
  fleet.disconnected(before, 'reset')
  fleet.connected(after)
  expect(fleet.entries()).toMatchObject([{ state: 'current' }])
})

test('the end of a stream that was replaced already does not make the sidecar disconnected', () => {
  const fleet = new FleetRegistry(new ManualClock())
  const [before, after] = [member('a'), member('a')]
  fleet.connected(before)
  fleet.connected(after)
  fleet.disconnected(before, 'nothing was heard')
  expect(fleet.entries()).toMatchObject([{ state: 'current' }])
  fleet.disconnected(after, '')
  expect(fleet.entries()).toMatchObject([{ state: 'disconnected' }])
})

test('nobody takes the line of a sidecar of another account by using its name', () => {
  const fleet = new FleetRegistry(new ManualClock())
  const own = member('a')
  fleet.connected(own)
  fleet.disconnected(own, 'crashed')
  fleet.connected(member('a', { account: 'mallory' }))
  expect(fleet.counts()).toEqual({ current: 1, pending: 0, nacked: 0, disconnected: 1 })
})

test('more than 10,000 that left are not remembered', () => {
  const fleet = new FleetRegistry(new ManualClock())
  for (let at = 0; at < 10_100; at++) {
    const one = member(`n${at}`)
    fleet.connected(one)
    fleet.disconnected(one, '')
  }
  expect(fleet.counts().disconnected).toBe(10_000)
  expect(fleet.entries().some(({ node }) => node === 'n0')).toBe(false)
})
