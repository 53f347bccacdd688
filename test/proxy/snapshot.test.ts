import { describe, expect, test } from 'vitest'
import { ConfiguredRouting } from '../../proxy/config/push/configured-routing.ts'
import { emptyRouting, type Routing } from '../../proxy/config/push/routing.ts'
import { atOnce } from '../../proxy/runtime/steps.ts'
import { buildSnapshot, type Snapshot } from '../../proxy/snapshot.ts'
import { retire } from '../../proxy/upstream-set.ts'
import { accepted, change, changed, ownFile, routing, routingOf, someChange } from '../harness/pushed-routing.ts'
import { brokenConfig, randomConfig } from '../harness/random-config.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { type CountedSnapshotDeps, snapshotDeps } from '../harness/snapshot-deps.ts'

const own = ConfiguredRouting.of(ownFile())

function build(configured: ConfiguredRouting, previous: Snapshot | null, deps: CountedSnapshotDeps): Snapshot {
  const next = atOnce(buildSnapshot(configured, previous, deps))
  if (previous !== null) retire(previous.upstreams, next.upstreams)
  return next
}

const hosts = ['orders.shop.internal', 'a.shop.internal', 'shop.internal', '[::1]']
const paths = ['/', '/a', '/a/b', '/a/b/c', '/x']

/** Which route takes each of a number of calls, and how much of the path its prefix covers. */
function matchesIn({ routes }: Snapshot): string[] {
  return hosts.flatMap((host) =>
    paths.flatMap((path) =>
      ['GET', 'POST', 'DELETE'].flatMap((method) =>
        [[], ['x-tenant', 'acme']].map((headers) => {
          const match = routes.match({ host, path, query: headers.length > 0 ? 'q=abc' : '', method, headers })
          return match === undefined ? 'none' : `${match.name} ${match.value.name} ${match.prefixLength}`
        }),
      ),
    ),
  )
}

describe('a snapshot made from the one before', () => {
  const two = routing({
    upstreams: { a: { dns: 'a:1' }, b: { dns: 'b:1' } },
    routes: { a: { name: 'a', forward: 'a', mirror: [{ upstream: 'b' }] }, b: { name: 'b', forward: 'b' } },
  })

  test('takes over routes and upstreams that are the same', () => {
    const deps = snapshotDeps()
    const configured = accepted(own.withPushed('v1', two))
    const first = build(configured, null, deps)
    const second = build(accepted(configured.withPushed('v2', change({ routes: { b: { name: 'b', respond: {} } } }))), first, deps)
    expect(second.compiled.get('a')).toBe(first.compiled.get('a'))
    expect(second.compiled.get('b')).not.toBe(first.compiled.get('b'))
    expect(second.upstreams).toEqual(first.upstreams)
    expect(deps.made).toEqual(['primary a', 'primary b', 'mirror b'])
  })

  test('compiles anew the routes whose upstream is another one', () => {
    const deps = snapshotDeps()
    const configured = accepted(own.withPushed('v1', two))
    const first = build(configured, null, deps)
    const second = build(accepted(configured.withPushed('v2', change({ upstreams: { b: { dns: 'elsewhere:1' } } }))), first, deps)
    expect(second.compiled.get('a')).not.toBe(first.compiled.get('a'))
    expect(deps.made.slice(3)).toEqual(['primary b', 'mirror b'])
    expect([...deps.open]).toEqual([...second.upstreams.values()])
  })

  test('closes the compartment of a mirror when nobody mirrors there any more', () => {
    const deps = snapshotDeps()
    const configured = accepted(own.withPushed('v1', two))
    const first = build(configured, null, deps)
    const second = build(accepted(configured.withPushed('v2', change({}, { routes: ['a'] }))), first, deps)
    expect([...second.upstreams.keys()]).toEqual(['primary a', 'primary b'])
    expect(deps.open.size).toBe(2)
  })

  test('closes it as well where only the routes changed, and not while another route mirrors there', () => {
    const deps = snapshotDeps()
    const mirroring = (name: string) => ({ name, forward: 'a', mirror: [{ upstream: 'b' }] })
    const three = { ...two, routes: { ...two.routes, c: mirroring('c'), d: { name: 'd', forward: 'a' }, e: { name: 'e', forward: 'a' } } }
    let configured = accepted(own.withPushed('v1', three))
    let snapshot = build(configured, null, deps)
    const has: boolean[] = []
    for (const name of ['d', 'a', 'e', 'c']) {
      configured = accepted(configured.withPushed('v2', change({}, { routes: [name] })))
      snapshot = build(configured, snapshot, deps)
      has.push(snapshot.upstreams.has('mirror b'))
      expect(new Set(snapshot.upstreams.values())).toEqual(deps.open)
    }
    expect(has).toEqual([true, true, true, false])
  })

  test('that cannot be built leaves nothing behind', () => {
    const deps = snapshotDeps()
    const first = build(accepted(own.withPushed('v1', two)), null, deps)
    const failing = {
      ...deps,
      expression: () => {
        throw new Error('no')
      },
    }
    const more = change({ upstreams: { c: { dns: 'c:1' } }, routes: { c: { name: 'c', forward: { upstream: 'c', body: 'a' } } } })
    const next = accepted(accepted(own.withPushed('v1', two)).withPushed('v2', more))
    expect(() => atOnce(buildSnapshot(next, first, failing))).toThrow('no')
    expect([...deps.open]).toEqual([...first.upstreams.values()])
  })

  test('with one changed route among 10,000 compiles one route and makes nothing else', () => {
    const deps = snapshotDeps()
    const route = (n: number, more = {}) => ({ name: `r${n}`, match: { host: `h${n % 100}`, pathPrefix: `/p${n}` }, forward: 'a', ...more })
    const routes = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`r${n}`, route(n)]))
    const configured = accepted(own.withPushed('v1', routing({ upstreams: { a: { dns: 'a:1' } }, routes })))
    const first = build(configured, null, deps)
    const edit = change({ routes: { r7: route(7, { timeout: '1s' }) } })
    const second = build(accepted(configured.withPushed('v2', edit)), first, deps)
    expect([...second.compiled].filter(([name, compiled]) => first.compiled.get(name) !== compiled).map(([name]) => name)).toEqual(['r7'])
    expect(deps.made).toEqual(['primary a'])
    expect(second.routes.match({ host: 'h7', path: '/p7/x', query: '', method: 'GET', headers: [] })?.value.timeoutMs).toBe(1_000)
    expect(first.routes.match({ host: 'h7', path: '/p7/x', query: '', method: 'GET', headers: [] })?.value.timeoutMs).toBeUndefined()
  })
})

function plainly({ objects: { listeners, upstreams, routes } }: ConfiguredRouting) {
  return { listeners: new Map(listeners), upstreams: new Map(upstreams), routes: new Map(routes) }
}

/** A walk of valid and broken changes; after each, what was made step by step is compared with what is made at once. */
function walk(seed: number): { readonly applied: number; readonly refused: number } {
  const random = new SeededRandom(seed)
  const deps = snapshotDeps()
  let [pushed, configured, snapshot]: [Routing, ConfiguredRouting, Snapshot] = [emptyRouting, own, build(own, null, deps)]
  let [applied, refused] = [0, 0]
  for (let step = 0; step < 12; step++) {
    const target = routingOf(random.chance(70) ? randomConfig(random) : brokenConfig(random))
    const both = someChange(pushed, target, random)
    const edit = random.chance(50) ? both : change({ routes: both.set.routes }, { routes: both.remove.routes })
    const wanted = changed(pushed, edit)
    const fresh = atOnce(own.withPushed('v', wanted))
    const outcome = atOnce(configured.withPushed('v', random.chance(50) ? edit : wanted))
    expect({ seed, step, ok: outcome.ok }).toEqual({ seed, step, ok: fresh.ok })
    if (!outcome.ok || !fresh.ok) {
      refused++
      continue
    }
    const before = matchesIn(snapshot)
    const next = build(outcome.routing, snapshot, deps)
    expect(plainly(outcome.routing)).toEqual(plainly(fresh.routing))
    expect(outcome.routing.shown()).toEqual({ ...fresh.routing.shown(), ...sorted(outcome.routing.shown(), fresh.routing.shown()) })
    expect({ seed, step, matches: matchesIn(next) }).toEqual({ seed, step, matches: matchesIn(build(fresh.routing, null, snapshotDeps())) })
    expect(matchesIn(snapshot)).toEqual(before)
    expect(new Set(next.upstreams.values())).toEqual(deps.open)
    ;[pushed, configured, snapshot] = [wanted, outcome.routing, next]
    applied++
  }
  return { applied, refused }
}

/** The order of lists is that in which objects came. */
function sorted(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const byName = (list: unknown) => (list as { name: string }[]).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  expect(byName(one['routes'])).toEqual(byName(other['routes']))
  expect(byName(one['listeners'])).toEqual(byName(other['listeners']))
  return { routes: one['routes'], listeners: one['listeners'] }
}

describe('random sequences of pushed changes', () => {
  test('give what a fresh load of the result gives, and invalid ones change nothing', () => {
    let [applied, refused] = [0, 0]
    for (let seed = 0; seed < 60; seed++) {
      const counts = walk(seed)
      applied += counts.applied
      refused += counts.refused
    }
    expect(applied).toBeGreaterThan(100)
    expect(refused).toBeGreaterThan(100)
  })
})
