import { describe, expect, test } from 'vitest'
import { change, isEmptyChange } from '../../../control-plane/snapshot/change.ts'
import { emptyRouting, type JsonObject, kinds, type Routing } from '../../../proxy/config/push/routing.ts'
import { routingVersion } from '../../../proxy/config/push/routing-version.ts'
import { changed } from '../../harness/pushed-routing.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'

const routing = (routes: Readonly<Record<string, JsonObject>>): Routing => ({ ...emptyRouting, routes })

describe('a change', () => {
  test('sets what is new or different and removes what is gone', () => {
    const base = routing({ a: { x: 1 }, b: { x: 1 }, c: { x: 1 } })
    const step = change(base, routing({ a: { x: 1 }, b: { x: 2 }, d: { x: 1 } }))
    expect(step.set).toEqual(routing({ b: { x: 2 }, d: { x: 1 } }))
    expect(step.remove).toEqual({ listeners: [], upstreams: [], routes: ['c'] })
  })

  test('to the same content is empty, whatever the order of its keys', () => {
    expect(isEmptyChange(change(routing({ a: { x: 1, y: [{ z: 1, w: 2 }] } }), routing({ a: { y: [{ w: 2, z: 1 }], x: 1 } })))).toBe(true)
    expect(isEmptyChange(change(routing({ a: { y: [1, 2] } }), routing({ a: { y: [2, 1] } })))).toBe(false)
  })

  test('takes names that every object seems to have for names like any other', () => {
    expect(change(emptyRouting, routing({ constructor: { x: 1 } })).set.routes).toEqual({ constructor: { x: 1 } })
  })

  test('is found once for each pair', () => {
    const [base, next] = [routing({ a: { x: 1 } }), routing({ a: { x: 2 } })]
    expect(change(base, next)).toBe(change(base, next))
  })

  test('applied to its base it gives the version of the next, in 500 random pairs', () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = new SeededRandom(seed)
      const [base, next] = [randomRouting(random), randomRouting(random)]
      const result = changed(base, change(base, next))
      expect(routingVersion(result)).toBe(routingVersion(next))
      expect(result).toEqual(next)
    }
  })
})

function randomRouting(random: SeededRandom): Routing {
  const names = ['a', 'b', '1', '10', 'Z', 'constructor'].filter(() => random.chance(60))
  const objects = () => Object.fromEntries(names.filter(() => random.chance(60)).map((name) => [name, { name, x: random.below(3) }]))
  const [listeners, upstreams, routes] = kinds.map(objects)
  return { listeners: listeners ?? {}, upstreams: upstreams ?? {}, routes: routes ?? {} }
}
