import { expect, test } from 'vitest'
import { emptyRouting, objectDigest, type Routing, routingVersion } from '../../../../proxy/config/push/routing.ts'

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
  expect([routingVersion(emptyRouting), routingVersion(some)]).toEqual(['e3b0c44298fc1c14', '5cd9a15957d17337'])
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
