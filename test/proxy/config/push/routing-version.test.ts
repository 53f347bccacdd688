import { expect, test } from 'vitest'
import { objectDigest } from '../../../../proxy/config/push/object-digest.ts'
import { emptyRouting, lookupIn, type Routing } from '../../../../proxy/config/push/routing.ts'
import { RoutingDigest, routingVersion } from '../../../../proxy/config/push/routing-version.ts'
import { atOnce } from '../../../../proxy/runtime/steps.ts'
import { changed, routingOf, someChange } from '../../../harness/pushed-routing.ts'
import { randomConfig } from '../../../harness/random-config.ts'
import { SeededRandom } from '../../../harness/seeded-random.ts'

const some: Routing = {
  listeners: {},
  upstreams: { u: { dns: 'u.test:80' } },
  routes: { b: { name: 'b', forward: 'u' }, a: { name: 'a', respond: { status: 200, body: '' } } },
}

test('the same content has the same version, whatever the order of names and keys', () => {
  const other: Routing = {
    routes: { a: { respond: { body: '', status: 200 }, name: 'a' }, b: { forward: 'u', name: 'b' } },
    upstreams: { u: { dns: 'u.test:80' } },
    listeners: {},
  }
  expect(routingVersion(other)).toBe(routingVersion(some))
  expect(routingVersion(JSON.parse(JSON.stringify(some)) as Routing)).toBe(routingVersion(some))
})

test('a version is 16 hex digits and stays the same from release to release', () => {
  expect([routingVersion(emptyRouting), routingVersion(some)]).toEqual(['4683c7ec07d165c4', 'a324c9a7e8bc7a9f'])
})

test.each<[string, Routing]>([
  ['a value', { ...some, upstreams: { u: { dns: 'u.test:81' } } }],
  ['a name', { ...some, upstreams: { v: { dns: 'u.test:80' } } }],
  ['a kind', { ...some, upstreams: {}, listeners: { u: { dns: 'u.test:80' } } }],
  ['an object more', { ...some, upstreams: { u: { dns: 'u.test:80' }, v: {} } }],
  ['an object less', { ...some, upstreams: {} }],
  ['the order of a list', { ...some, upstreams: { u: { endpoints: ['b', 'a'] } } }],
])('another version has what differs in %s', (_, other) => {
  expect(routingVersion(other)).not.toBe(routingVersion(some))
})

test('a member that is undefined counts as absent, as it does on the wire', () => {
  expect(objectDigest({ a: 1, b: undefined })).toBe(objectDigest({ a: 1 }))
})

test('nesting without end has a version too, and is left to the checks to refuse', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as Routing
  expect(routingVersion({ listeners: {}, upstreams: {}, routes: { deep } })).toMatch(/^[0-9a-f]{16}$/)
})

test('after any sequence of changes the version is that of the content', () => {
  const random = new SeededRandom(3)
  let [routing, digest] = [emptyRouting, RoutingDigest.empty]
  const versions = new Set<string>()
  for (let step = 0; step < 300; step++) {
    const change = someChange(routing, routingOf(randomConfig(random)), random)
    digest = atOnce(digest.after(lookupIn(routing), change))
    routing = changed(routing, change)
    expect({ step, version: digest.version }).toEqual({ step, version: routingVersion(structuredClone(routing)) })
    versions.add(digest.version)
  }
  expect(versions.size).toBeGreaterThan(200)
})

test('a change that is taken back gives the version of before', () => {
  const set = { ...emptyRouting, upstreams: { u: { dns: 'elsewhere:1' }, v: { dns: 'v:1' } } }
  const nothing = { listeners: [], upstreams: [], routes: [] }
  const before = atOnce(RoutingDigest.of(some))
  const other = changed(some, { set, remove: nothing })
  const after = atOnce(before.after(lookupIn(some), { set, remove: nothing }))
  const back = { set: { ...emptyRouting, upstreams: some.upstreams }, remove: { ...nothing, upstreams: ['v', 'never there'] } }
  expect(after.version).not.toBe(before.version)
  expect(atOnce(after.after(lookupIn(other), back)).version).toBe(before.version)
})
