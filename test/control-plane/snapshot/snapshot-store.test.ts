import { describe, expect, test } from 'vitest'
import { SnapshotStore } from '../../../control-plane/snapshot/snapshot-store.ts'
import type { Resource } from '../../../control-plane/source/source.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { listener, node, resource, route, upstream } from './resources.ts'

function store() {
  const log: string[] = []
  const snapshots = new SnapshotStore(
    createLogger(
      (line) => log.push(line),
      () => 0,
    ),
  )
  const publish = (...resources: Resource[]) => snapshots.publish({ resources, errors: [] })
  const join = (workload: string, labels = {}, namespace = 'shop') => snapshots.join(node(workload, labels, namespace))
  return { snapshots, publish, join, log }
}

const names = (member: { readonly snapshot: { readonly routing: { readonly routes: object } } }) =>
  Object.keys(member.snapshot.routing.routes)
const answer = (name: string, status: number, ...selectors: Resource['selectors']) =>
  resource('routes', name, { name, respond: { status } }, ...selectors)

describe('the snapshots', () => {
  test('are of what is for each workload', () => {
    const { publish, join } = store()
    publish(answer('all', 200), answer('c', 200, { workload: 'checkout' }), answer('p', 200, { workload: 'payment' }))
    expect([names(join('checkout')), names(join('payment')), names(join('other'))]).toEqual([['all', 'c'], ['all', 'p'], ['all']])
  })

  test('are one object for all sidecars that get the same', () => {
    const { publish, join } = store()
    publish(answer('all', 200))
    const members = ['a', 'b', 'a'].map((workload) => join(workload))
    expect(members[1]?.snapshot).toBe(members[0]?.snapshot)
    publish(answer('all', 201))
    expect(new Set(members.map(({ snapshot }) => snapshot)).size).toBe(1)
  })

  test('change for those whom a publication concerns, and for nobody else', () => {
    const { publish, join } = store()
    const [checkout, payment] = [join('checkout'), join('payment')]
    const all = answer('all', 200)
    const resources = (status: number) => [all, answer('c', status, { workload: 'checkout' })]
    expect(publish(...resources(200))).toEqual([checkout, payment])
    const before = payment.snapshot
    expect(publish(...resources(201))).toEqual([checkout])
    expect(payment.snapshot).toBe(before)
    expect(publish(...resources(201))).toEqual([])
  })

  test('keep version and routing when a publication says the same in new objects', () => {
    const { publish, join } = store()
    const member = join('checkout')
    publish(answer('all', 200))
    const { version, routing } = member.snapshot
    expect(publish(answer('all', 200))).toEqual([])
    expect([member.snapshot.version, member.snapshot.routing]).toEqual([version, routing])
    expect(member.snapshot.routing).toBe(routing)
  })

  test('have the same version in another store', () => {
    const [here, there] = [store(), store()]
    const resources = [answer('a', 200), upstream('u'), listener('l', 'h:1')]
    here.publish(...resources)
    there.publish(...resources.map((one) => structuredClone(one)).toReversed())
    expect(there.join('x').snapshot.version).toBe(here.join('y').snapshot.version)
  })

  test('do not change for a sidecar that left', () => {
    const { snapshots, publish, join } = store()
    const member = join('checkout')
    snapshots.leave(member)
    snapshots.leave(member)
    expect(publish(answer('all', 200))).toEqual([])
  })
})

describe('labels', () => {
  test('separate sidecars once a selector asks for them, and no longer when it does not', () => {
    const { snapshots, publish, join } = store()
    const [one, two] = [join('checkout', { version: 'v1', pod: 'x' }), join('checkout', { version: 'v2', pod: 'y' })]
    publish(answer('all', 200))
    expect(snapshots.workloads()).toEqual([
      { node: { namespace: 'shop', workload: 'checkout', labels: {} }, snapshot: one.snapshot, members: 2 },
    ])
    expect(publish(answer('all', 200), answer('v2', 200, { labels: { version: 'v2' } }))).toEqual([two])
    expect([names(one), names(two)]).toEqual([['all'], ['all', 'v2']])
    expect(snapshots.workloads().map(({ node: { labels }, members }) => [labels, members])).toEqual([
      [{ version: 'v1' }, 1],
      [{ version: 'v2' }, 1],
    ])
    expect(publish(answer('all', 200))).toEqual([two])
    expect(snapshots.workloads()).toHaveLength(1)
  })

  test('that come to matter take nothing away that is held', () => {
    const { publish, join } = store()
    const member = join('checkout', { version: 'v1' })
    publish(route('r', 'a'), upstream('a'))
    publish(route('r', 'gone'), upstream('a'))
    publish(route('r', 'gone'), upstream('a'), answer('v', 200, { labels: { version: 'v1' } }))
    expect(member.snapshot.routing.routes['r']).toEqual({ name: 'r', forward: 'a' })
  })
})

describe('what does not fit together', () => {
  test('stays as it was for those who had it, and is said for whom, once, and once when it is mended', () => {
    const { snapshots, publish, join, log } = store()
    const members = ['checkout', 'payment', 'checkout'].map((workload) => join(workload))
    publish(route('r', 'a'), upstream('a'))
    publish(route('r', 'gone'), upstream('a'), answer('s', 200))
    publish(route('r', 'gone'), upstream('a'), answer('s', 201))
    const served = { r: { name: 'r', forward: 'a' }, s: { name: 's', respond: { status: 201 } } }
    expect(members.map((member) => member.snapshot.routing.routes)).toEqual([served, served, served])
    expect(snapshots.problems()).toMatchObject([{ kind: 'routes', name: 'r', held: true, workloads: ['shop/checkout', 'shop/payment'] }])
    publish(route('r', 'a'), upstream('a'))
    expect([snapshots.problems(), log.length]).toEqual([[], 2])
    expect(log[0]).toContain(
      'error "object not served as written" at=shop.yaml:1:1 object=routes/r reason="there is no upstream \\"gone\\" for this workload" effect="stays as it was" workloads=shop/checkout,shop/payment',
    )
    expect(log[1]).toContain('info "object served as written again"')
  })

  test('stays as it was for a workload whose only sidecar restarts', () => {
    const { snapshots, publish, join } = store()
    const member = join('checkout')
    publish(route('r', 'a'), upstream('a'))
    publish(route('r', 'gone'))
    snapshots.leave(member)
    publish(route('r', 'gone'), upstream('b'))
    expect(names(join('checkout'))).toEqual(['r'])
  })

  test('is forgotten for workloads that have been gone while 1,000 others went', () => {
    const { snapshots, publish, join } = store()
    publish(answer('a', 200))
    for (let index = 0; index < 1_100; index++) snapshots.leave(join(`w${index}`))
    expect(snapshots.workloads()).toHaveLength(1_000)
    expect(snapshots.workloads()[0]?.node.workload).toBe('w100')
  })
})

test('any history of joins, leaves and valid publications ends where a fresh store begins', () => {
  const { snapshots, publish, join } = store()
  const resources = (round: number) => [
    answer('all', 200 + (round % 5)),
    answer('w', 200, { workload: `w${round % 3}` }),
    ...(round % 4 === 0 ? [answer('l', 200, { labels: { v: String(round % 2) } })] : []),
  ]
  const members = new Set<ReturnType<typeof join>>()
  for (let round = 0; round < 60; round++) {
    members.add(join(`w${round % 4}`, { v: String(round % 2) }))
    const [oldest] = members
    if (oldest !== undefined && round % 3 === 0 && members.delete(oldest)) snapshots.leave(oldest)
    publish(...resources(round))
    const fresh = store()
    fresh.publish(...resources(round))
    for (const { node: facts, snapshot } of members) expect(fresh.snapshots.join(facts).snapshot.version).toBe(snapshot.version)
  }
})

test('2,000 sidecars of 20 workloads and 10,000 routes: one change makes one new object', () => {
  const { publish, join } = store()
  const routes = Array.from({ length: 10_000 }, (_, index) => answer(`r${index}`, 200))
  const own = Array.from({ length: 20 }, (_, index) => answer(`own${index}`, 200, { workload: `w${index}` }))
  publish(...routes, ...own)
  const members = Array.from({ length: 2_000 }, (_, index) => join(`w${index % 20}`))
  const before = members.map(({ snapshot }) => snapshot.routing)
  expect(publish(...routes.with(77, answer('r77', 201)), ...own)).toHaveLength(2_000)
  const after = members.map(({ snapshot }) => snapshot.routing)
  expect(new Set(after).size).toBe(20)
  const differing = Object.keys(after[0]?.routes ?? {}).filter((name) => after[0]?.routes[name] !== before[0]?.routes[name])
  expect(differing).toEqual(['r77'])
})
