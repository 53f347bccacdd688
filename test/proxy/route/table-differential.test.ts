import { expect, test } from 'vitest'
import type { MatchConfig } from '../../../proxy/config/schema/route.ts'
import type { RouteRequest } from '../../../proxy/route/rule.ts'
import { buildRouteTable } from '../../../proxy/route/table.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { type ReferenceRoute, referenceMatch } from './reference-table.ts'

/** A small world, so that rules overlap and ties are frequent. */
const hosts = [
  '*',
  'shop.internal',
  'a.shop.internal',
  'b.a.shop.internal',
  '*.shop.internal',
  '*.a.shop.internal',
  '*.internal',
  '127.0.0.1',
]
const authorities = [
  'shop.internal',
  'A.shop.internal:80',
  'b.a.shop.internal.',
  'x.b.a.shop.internal',
  'other',
  '127.0.0.1:8080',
  '.internal',
]
const paths = ['/', '/a', '/a/', '/a/b', '/a/b/c', '/ab', '/b', '/b/a']
const prefixes = ['/', '/a', '/a/', '/a/b', '/b/', '/ab', '/a/b/c']
const regexes = ['/a.*', '/[ab]', '/(a|b)/.*', '.*', '/x']
const methods = ['GET', 'POST', 'get', 'CONNECT']
const values = ['1', '2', { regex: '[12]' }, { regex: '1, .*' }]
const names = Array.from({ length: 12 }, (_, number) => `route-${number}`)

function pathMatch(random: SeededRandom): MatchConfig {
  const kind = random.below(4)
  if (kind === 0) return { path: random.pick(paths) }
  if (kind === 1) return { pathPrefix: random.pick(prefixes) }
  return kind === 2 ? { pathRegex: random.pick(regexes) } : {}
}

function fieldMatches(random: SeededRandom, fields: readonly string[]): Record<string, (typeof values)[number]> {
  return Object.fromEntries(fields.filter(() => random.chance(25)).map((field) => [field, random.pick(values)]))
}

function randomMatch(random: SeededRandom): MatchConfig {
  return {
    ...(random.chance(70) && { host: random.pick(hosts) }),
    ...pathMatch(random),
    ...(random.chance(30) && { method: random.chance(50) ? random.pick(methods) : [random.pick(methods), random.pick(methods)] }),
    ...(random.chance(40) && { headers: fieldMatches(random, ['x-one', 'X-Two', 'x-three']) }),
    ...(random.chance(40) && { query: fieldMatches(random, ['p', 'q q']) }),
  }
}

function randomRoutes(random: SeededRandom): ReferenceRoute[] {
  const order = names.map((name) => ({ name, key: random.float() })).toSorted((a, b) => a.key - b.key)
  return order
    .slice(0, 1 + random.below(names.length))
    .map(({ name }) => ({ name, match: Array.from({ length: 1 + random.below(2) }, () => randomMatch(random)) }))
}

function randomRequest(random: SeededRandom): RouteRequest {
  const pairs = ['x-one', 'X-TWO', 'x-Three', 'x-one']
    .filter(() => random.chance(50))
    .flatMap((name) => [name, random.pick(['1', '2', '3'])])
  const parameters = ['p', 'q+q', 'q%20q', 'r', 'p']
    .filter(() => random.chance(40))
    .map((name) => `${name}=${random.pick(['1', '2', '%31'])}`)
  return {
    host: random.pick(authorities),
    path: random.pick(paths),
    query: parameters.join('&'),
    method: random.pick(methods),
    headers: pairs,
  }
}

interface Pair {
  readonly routes: readonly ReferenceRoute[]
  readonly request: RouteRequest
  readonly actual: string | undefined
  readonly expected: string | undefined
}

function randomPairs(random: SeededRandom): Pair[] {
  const routes = randomRoutes(random)
  const table = buildRouteTable(routes.map((route) => ({ ...route, value: route.name })))
  return Array.from({ length: 20 }, () => {
    const request = randomRequest(random)
    const match = table.match(request)
    const actual = match === undefined ? undefined : `${match.value} ${match.prefixLength}`
    return { routes, request, actual, expected: referenceMatch(routes, request) }
  })
}

test('20,000 random calls get the same route from the table as from the rules of precedence applied one by one', () => {
  const random = new SeededRandom(20_261_101)
  const pairs = Array.from({ length: 1_000 }, () => randomPairs(random)).flat()
  expect(pairs.filter(({ actual, expected }) => actual !== expected)).toEqual([])
  const found = pairs.filter(({ expected }) => expected !== undefined).length
  expect(found).toBeGreaterThan(8_000)
  expect(found).toBeLessThan(19_000)
})
