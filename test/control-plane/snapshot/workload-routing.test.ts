import { describe, expect, test } from 'vitest'
import { workloadRouting } from '../../../control-plane/snapshot/workload-routing.ts'
import type { Resource } from '../../../control-plane/source/source.ts'
import { checkRouting } from '../../../proxy/config/push/check-routing.ts'
import { emptyRouting, kinds, type Routing } from '../../../proxy/config/push/routing.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { listener, node, resource, route, upstream } from './resources.ts'

const checkout = node('checkout')
const routingOf = (resources: readonly Resource[], previous?: Routing) => workloadRouting(resources, checkout, previous)

describe('a route whose upstream is not there', () => {
  test('is left out where it never was right, and the others are served', () => {
    const { routing, problems } = routingOf([route('r', 'a'), route('s', 'b'), upstream('b')])
    expect(routing).toEqual({ listeners: {}, upstreams: { b: { dns: 'b.test:80' } }, routes: { s: { name: 's', forward: 'b' } } })
    expect(problems).toEqual([
      { kind: 'routes', name: 'r', origin: route('r', 'a').origin, message: 'there is no upstream "a" for this workload', held: false },
    ])
  })

  test('stays as it was, while the others change', () => {
    const before = routingOf([route('r', 'a'), route('s', 'a'), upstream('a')]).routing
    const { routing, problems } = routingOf([route('r', 'gone'), route('s', 'b'), upstream('a'), upstream('b')], before)
    expect(routing.routes).toEqual({ r: { name: 'r', forward: 'a' }, s: { name: 's', forward: 'b' } })
    expect(problems.map(({ name, held }) => [name, held])).toEqual([['r', true]])
  })

  test('keeps the upstream that it needs when that was taken away', () => {
    const before = routingOf([route('r', 'a'), upstream('a')]).routing
    const after = routingOf([route('r', 'a')], before)
    expect(after.routing).toEqual(before)
    expect(after.problems.map(({ held }) => held)).toEqual([true])
    expect(routingOf([], after.routing).routing).toEqual(emptyRouting)
  })

  test('cannot lean on an upstream that another one keeps', () => {
    const before = routingOf([route('r', 'a'), upstream('a')]).routing
    const { routing, problems } = routingOf([route('new', 'a'), route('r', 'a')], before)
    expect(Object.keys(routing.routes)).toEqual(['r'])
    expect(problems.map(({ name, held }) => [name, held])).toEqual([
      ['new', false],
      ['r', true],
    ])
  })

  test('is so as well where the upstream is for somebody else', () => {
    expect(routingOf([route('r', 'a'), upstream('a', { workload: 'payment' })]).problems).toHaveLength(1)
    expect(routingOf([route('r', 'a', { workload: 'payment' })])).toEqual({ routing: emptyRouting, problems: [] })
  })

  test.each([
    ['forward', { forward: { upstream: 'a' } }],
    ['split', { split: [{ upstream: 'b' }, { upstream: 'a' }] }],
    ['fanout', { fanout: { to: [{ upstream: 'b' }, { upstream: 'a' }] } }],
    ['mirror', { forward: 'b', mirror: [{ upstream: 'a' }] }],
    ['a name that every object has', { forward: 'constructor' }],
  ])('is found in %s', (_, action) => {
    const { problems } = routingOf([resource('routes', 'r', { name: 'r', ...action }), upstream('b')])
    expect(problems).toHaveLength(1)
  })
})

describe('two listeners that want one port', () => {
  test.each([
    ['127.0.0.1:80', '127.0.0.1:80', true],
    ['127.0.0.1:80', '0.0.0.0:80', true],
    ['[::1]:80', '[::]:80', true],
    ['localhost:80', '127.0.0.1:80', true],
    ['127.0.0.1:80', '127.0.0.1:81', false],
    ['127.0.0.1:80', '127.0.0.2:80', false],
    ['127.0.0.1:0', '127.0.0.1:0', false],
  ])('%s and %s', (first, second, clash) => {
    const { routing, problems } = routingOf([listener('x', first), listener('y', second)])
    expect(Object.keys(routing.listeners)).toEqual(clash ? ['x'] : ['x', 'y'])
    expect(problems.map(({ message }) => message)).toEqual(clash ? ['the listener "x" has its port already in this workload'] : [])
  })

  test('who had it before keeps it, and who moved there stays where it was', () => {
    const before = routingOf([listener('x', 'h:1'), listener('y', 'h:2')]).routing
    const { routing, problems } = routingOf([listener('new', 'h:2'), listener('x', 'h:2'), listener('y', 'h:2')], before)
    expect(routing.listeners).toEqual(before.listeners)
    expect(problems.map(({ name, held }) => [name, held])).toEqual([
      ['new', false],
      ['x', true],
    ])
  })

  test('nobody takes the port of one that has to stay', () => {
    const before = routingOf([listener('x', 'h:1'), listener('y', 'h:2')]).routing
    const { routing } = routingOf([listener('new', 'h:1'), listener('x', 'h:2'), listener('y', 'h:2')], before)
    expect(routing.listeners).toEqual(before.listeners)
  })

  test('they may change places', () => {
    const before = routingOf([listener('x', 'h:1'), listener('y', 'h:2')]).routing
    const { routing, problems } = routingOf([listener('x', 'h:2'), listener('y', 'h:1')], before)
    expect([routing.listeners['x'], problems]).toEqual([{ name: 'x', address: 'h:2' }, []])
  })

  test('they may be listeners of two workloads', () => {
    const resources = [listener('x', 'h:1', { workload: 'checkout' }), listener('y', 'h:1', { workload: 'payment' })]
    expect(routingOf(resources).problems).toEqual([])
  })
})

test('every step of 300 random histories is a routing that a sidecar takes', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new SeededRandom(seed)
    let previous = emptyRouting
    for (let step = 0; step < 8; step++) {
      const resources = randomResources(random)
      const { routing, problems } = routingOf(resources, previous)
      expect({ seed, step, findings: checkRouting(routing) }).toEqual({ seed, step, findings: [] })
      const wrong = new Set(problems.map(({ kind, name }) => `${kind}/${name}`))
      const right = resources.filter(({ kind, name }) => !wrong.has(`${kind}/${name}`))
      for (const { kind, name, body } of right) expect(routing[kind][name]).toBe(body)
      const served = kinds.filter((kind) => kind !== 'upstreams').flatMap((kind) => Object.keys(routing[kind]))
      expect(served.length).toBe(resources.filter(({ kind }) => kind !== 'upstreams').length - problems.filter(({ held }) => !held).length)
      previous = routing
    }
  }
})

function randomResources(random: SeededRandom): Resource[] {
  const names = ['a', 'b', 'c', 'd']
  const some = (make: (name: string) => Resource) => names.filter(() => random.chance(60)).map(make)
  const address = () => `${random.pick(['127.0.0.1', '0.0.0.0', 'localhost', '127.0.0.2'])}:${random.below(4)}`
  return [
    ...some((name) => listener(name, address())),
    ...some((name) => upstream(name)),
    ...some((name) => route(name, random.pick(names))),
  ]
}
