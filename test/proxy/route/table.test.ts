import { describe, expect, test } from 'vitest'
import type { MatchConfig } from '../../../proxy/config/schema/route.ts'
import type { RouteRequest } from '../../../proxy/route/rule.ts'
import { buildRouteTable, matchesOf, RouteTableEdit } from '../../../proxy/route/table.ts'
import { atOnce } from '../../../proxy/runtime/steps.ts'

type Routes = Readonly<Record<string, MatchConfig | readonly MatchConfig[]>>

function tableOf(routes: Routes) {
  return buildRouteTable(Object.entries(routes).map(([name, match]) => ({ name, match: [match].flat(), value: name })))
}

/** The route that takes `GET /` on `shop.internal`, but for what is said otherwise. */
function taken(routes: Routes, request: Partial<RouteRequest> = {}): string | undefined {
  return tableOf(routes).match({ host: 'shop.internal', path: '/', query: '', method: 'GET', headers: [], ...request })?.value
}

describe('hosts', () => {
  const routes = {
    any: {},
    internal: { host: '*.internal' },
    shop: { host: '*.shop.internal' },
    orders: { host: 'Orders.shop.internal' },
    literal: { host: '[2001:DB8::1]' },
  }

  test.each([
    ['orders.shop.internal', 'orders'],
    ['ORDERS.SHOP.INTERNAL:8080', 'orders'],
    ['orders.shop.internal.', 'orders'],
    ['v2.orders.shop.internal', 'shop'],
    ['a.b.c.shop.internal', 'shop'],
    ['shop.internal', 'internal'],
    ['internal', 'any'],
    ['xshop.internal', 'internal'],
    ['[2001:db8::1]:443', 'literal'],
    ['example.org', 'any'],
  ])('%s is taken by %s', (host, route) => {
    expect(taken(routes, { host })).toBe(route)
  })

  test('a host `*` is any host', () => {
    expect(taken({ star: { host: '*' } }, { host: 'example.org' })).toBe('star')
  })

  test('a call that the more specific host declines goes to the less specific one', () => {
    const layered = {
      exact: { host: 'a.shop.internal', path: '/only' },
      wildcard: { host: '*.shop.internal', method: 'POST' },
      any: { pathPrefix: '/' },
    }
    expect(taken(layered, { host: 'a.shop.internal', path: '/only' })).toBe('exact')
    expect(taken(layered, { host: 'a.shop.internal', method: 'POST' })).toBe('wildcard')
    expect(taken(layered, { host: 'a.shop.internal' })).toBe('any')
  })
})

describe('paths', () => {
  test('an exact path goes before a prefix, a prefix before an expression, an expression before none', () => {
    const routes: Record<string, MatchConfig> = {
      a_none: {},
      b_regex: { pathRegex: '/orders.*' },
      c_prefix: { pathPrefix: '/orders' },
      d_exact: { path: '/orders' },
    }
    expect(taken(routes, { path: '/orders' })).toBe('d_exact')
    expect(taken(routes, { path: '/orders/7' })).toBe('c_prefix')
    expect(taken(routes, { path: '/orders7' })).toBe('b_regex')
    expect(taken(routes, { path: '/' })).toBe('a_none')
  })

  test.each([
    ['/foo', 'foo'],
    ['/foo/', 'foo'],
    ['/foo/bar', 'foo'],
    ['/foobar', 'root'],
    ['/foo/bar/baz', 'deep'],
    ['/foo/bar/bazz', 'foo'],
    ['/fo', 'root'],
  ])('prefixes match whole segments, the longest first: %s is taken by %s', (path, route) => {
    expect(taken({ root: { pathPrefix: '/' }, foo: { pathPrefix: '/foo/' }, deep: { pathPrefix: '/foo/bar/baz' } }, { path })).toBe(route)
  })

  test('the longest prefix that declines leaves the call to the next', () => {
    const routes = { deep: { pathPrefix: '/a/b', method: 'PUT' }, shallow: { pathPrefix: '/a' } }
    expect(taken(routes, { path: '/a/b/c' })).toBe('shallow')
  })

  test('a match says how much of the path its prefix covers', () => {
    const table = tableOf({ foo: { pathPrefix: '/foo/' }, root: { pathPrefix: '/' }, exact: { path: '/foo/x' } })
    const length = (path: string) => table.match({ host: 'h', path, query: '', method: 'GET', headers: [] })?.prefixLength
    expect([length('/foo/y'), length('/bar'), length('/foo/x')]).toEqual([4, 0, 0])
  })

  test('paths of the configuration are normalised like those of calls', () => {
    expect(taken({ cafe: { path: '/café/%7eme' } }, { path: '/caf%C3%A9/~me' })).toBe('cafe')
    expect(taken({ slash: { pathPrefix: '/a%2fb' } }, { path: '/a%2Fb/c' })).toBe('slash')
    expect(taken({ dots: { path: '/a/../b//c' } }, { path: '/b/c' })).toBe('dots')
  })

  test('an encoded slash never separates segments', () => {
    expect(taken({ foo: { pathPrefix: '/foo' } }, { path: '/foo%2Fbar' })).toBeUndefined()
  })

  test('an expression has to match the whole path', () => {
    const routes = { numbers: { pathRegex: '/orders/[0-9]+|/carts' } }
    expect(taken(routes, { path: '/orders/77' })).toBe('numbers')
    expect(taken(routes, { path: '/carts' })).toBe('numbers')
    expect(taken(routes, { path: '/orders/77/items' })).toBeUndefined()
    expect(taken(routes, { path: '/v1/carts' })).toBeUndefined()
  })

  test('an expression that would backtrack for ages elsewhere takes no time', () => {
    const routes = { hostile: { pathRegex: '/(a+)+$', headers: { 'x-a': { regex: '(a|a)*b' } } } }
    const many = 'a'.repeat(50_000)
    const start = performance.now()
    expect(taken(routes, { path: `/${many}!`, headers: ['x-a', many] })).toBeUndefined()
    expect(taken(routes, { path: `/${many}`, headers: ['x-a', many] })).toBeUndefined()
    expect(taken(routes, { path: `/${many}`, headers: ['x-a', `${many}b`] })).toBe('hostile')
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})

describe('method, headers and query', () => {
  test('a method goes before more headers, more headers before more parameters, more parameters before the name', () => {
    const call = { headers: ['x-a', '1', 'x-b', '1'], query: 'p=1&q=1' }
    const twoHeaders = { headers: { 'x-a': '1', 'x-b': '1' } }
    expect(taken({ a: twoHeaders, z: { method: 'GET' } }, call)).toBe('z')
    expect(taken({ a: { query: { p: '1', q: '1' }, headers: { 'x-a': '1' } }, z: twoHeaders }, call)).toBe('z')
    expect(taken({ a: { query: { p: '1' } }, z: { query: { p: '1', q: '1' } } }, call)).toBe('z')
    expect(taken({ z: twoHeaders, a: twoHeaders }, call)).toBe('a')
  })

  test('the order in the file decides nothing', () => {
    const routes = { b: { pathPrefix: '/' }, a: { pathPrefix: '/' } }
    expect(taken(routes)).toBe('a')
    expect(taken({ a: routes.a, b: routes.b })).toBe('a')
  })

  test('one of several methods is enough, and case matters', () => {
    const routes = { reads: { method: ['GET', 'HEAD'] } }
    expect(taken(routes, { method: 'HEAD' })).toBe('reads')
    expect(taken(routes, { method: 'POST' })).toBeUndefined()
    expect(taken(routes, { method: 'get' })).toBeUndefined()
  })

  test('all headers have to be there, names in any case, values exact or by expression', () => {
    const routes = { acme: { headers: { 'X-Tenant': 'acme', 'x-version': { regex: 'v[0-9]+' } } } }
    expect(taken(routes, { headers: ['X-TENANT', 'acme', 'x-version', 'v12'] })).toBe('acme')
    expect(taken(routes, { headers: ['x-tenant', 'Acme', 'x-version', 'v12'] })).toBeUndefined()
    expect(taken(routes, { headers: ['x-tenant', 'acme', 'x-version', 'v12-rc'] })).toBeUndefined()
    expect(taken(routes, { headers: ['x-tenant', 'acme'] })).toBeUndefined()
  })

  test('a field that came several times is matched as one value', () => {
    const routes = { both: { headers: { accept: 'a, b' } } }
    expect(taken(routes, { headers: ['accept', 'a', 'Accept', 'b'] })).toBe('both')
    expect(taken(routes, { headers: ['accept', 'a'] })).toBeUndefined()
  })

  test('parameters are decoded, and the first of a name counts', () => {
    const routes = { search: { query: { 'q q': 'a b', v: { regex: '[12]' } } } }
    expect(taken(routes, { query: 'v=2&q+q=a%20b&v=9' })).toBe('search')
    expect(taken(routes, { query: 'v=9&q+q=a%20b&v=2' })).toBeUndefined()
    expect(taken(routes, { query: 'v=2' })).toBeUndefined()
  })

  test('texts beyond ASCII are compared as UTF-8', () => {
    const bytes = Buffer.from('café').toString('latin1')
    const routes = { cafe: { headers: { 'x-place': 'café', 'x-kind': { regex: 'caf.' } }, query: { place: 'café' } } }
    expect(taken(routes, { headers: ['x-place', bytes, 'x-kind', bytes], query: 'place=caf%C3%A9' })).toBe('cafe')
  })
})

describe('building', () => {
  test('any of several matches takes the call, and a route without one takes every call', () => {
    expect(taken({ either: [{ path: '/a' }, { path: '/b' }] }, { path: '/b' })).toBe('either')
    expect(matchesOf(undefined)).toEqual([{}])
    expect(matchesOf({ path: '/a' })).toEqual([{ path: '/a' }])
    expect(matchesOf([{ path: '/a' }, {}])).toEqual([{ path: '/a' }, {}])
  })

  test('no routes take no call', () => {
    expect(taken({})).toBeUndefined()
  })

  test.each([
    [{ pathRegex: '/(' }, 'route bad: the regular expression `/(` cannot be used'],
    [{ headers: { a: { regex: '(?=x)' } } }, 'route bad: the regular expression `(?=x)` cannot be used'],
    [{ path: '/a?b=1' }, 'route bad: no call has the path `/a?b=1`'],
    [{ pathPrefix: '/..;/b' }, 'route bad: no call has the path `/..;/b`'],
    [{ host: 'a.*.internal' }, 'route bad: the host `a.*.internal` is neither'],
  ])('what no call could match is refused by name: %j', (match, reason) => {
    expect(() => tableOf({ bad: match })).toThrow(reason)
  })
})

describe('a table made from the one before', () => {
  const conditions: Readonly<Record<string, MatchConfig>> = {
    reads: { pathPrefix: '/a', method: 'GET' },
    acme: { pathPrefix: '/a', headers: { 'x-tenant': 'acme' } },
    all: { pathPrefix: '/a' },
  }
  const calls = [
    { method: 'GET', headers: [] },
    { method: 'POST', headers: ['x-tenant', 'acme'] },
    { method: 'POST', headers: [] },
  ]
  const takers = (table: ReturnType<typeof tableOf>) =>
    calls.map((call) => table.match({ host: 'h', path: '/a/b', query: '', ...call })?.value)

  test.each(Object.keys(conditions))('has the same rules of a path without %s, and the one before keeps it', (name) => {
    const before = tableOf(conditions)
    const { [name]: match = {}, ...others } = conditions
    const without = new RouteTableEdit(before)
    without.remove({ name, match: [match] })
    const after = atOnce(without.finish())
    expect(takers(after)).toEqual(takers(tableOf(others)))
    const again = new RouteTableEdit(after)
    again.add({ name, match: [match], value: name })
    expect(takers(atOnce(again.finish()))).toEqual(['reads', 'acme', 'all'])
    expect(takers(after)).toEqual(takers(tableOf(others)))
    expect(takers(before)).toEqual(['reads', 'acme', 'all'])
  })
})
