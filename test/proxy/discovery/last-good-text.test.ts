import { expect, test } from 'vitest'
import { nothingPushed } from '../../../proxy/config/push/changes.ts'
import { emptyRouting, type JsonObject, type Routing } from '../../../proxy/config/push/routing.ts'
import { editedKinds, nothingRemoved } from '../../../proxy/config/push/routing-objects.ts'
import { RoutingDigest } from '../../../proxy/config/push/routing-version.ts'
import { LastGoodText } from '../../../proxy/discovery/last-good-text.ts'
import { atOnce } from '../../../proxy/runtime/steps.ts'
import { digested, pushedObjects } from '../../harness/pushed-routing.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'

const upstreams: Record<string, JsonObject> = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`u${n}`, { dns: `u${n}:1` }]))
const whole: Routing = { listeners: {}, upstreams, routes: {} }

function textOf(text: LastGoodText, content: Routing): Buffer[] {
  const { objects, digest } = digested(content)
  return atOnce(text.of(objects, digest))
}

test('one change among thousands makes one piece anew, and uses the others again', () => {
  const text = new LastGoodText('shop/checkout')
  const before = new Set(textOf(text, whole))
  const after = textOf(text, { ...whole, upstreams: { ...upstreams, u700: { dns: 'elsewhere:1' } } })
  const large = after.filter(({ length }) => length > 1_000)
  expect(large).toHaveLength(8)
  expect(large.filter((piece) => !before.has(piece))).toHaveLength(1)
})

test('it is JSON, with the version and the digest of what it says', () => {
  const { version, content } = digested(whole).digest
  const text = Buffer.concat(textOf(new LastGoodText('shop/checkout'), whole)).toString()
  expect(JSON.parse(text)).toEqual({ workload: 'shop/checkout', version, routing: whole, digest: content })
  expect(content).toMatch(/^[0-9a-f]{64}$/)
})

test('whatever comes and goes, it says what there is', () => {
  const random = new SeededRandom(5)
  const text = new LastGoodText('shop/checkout')
  let objects = pushedObjects(whole)
  for (let step = 0; step < 60; step++) {
    const names = Array.from({ length: random.below(5) }, () => `u${random.below(2_500)}`)
    const set = { ...nothingPushed, upstreams: new Map(names.map((name) => [name, { dns: `${step}:1` }])) }
    const gone = new Set(random.chance(20) ? [...objects.upstreams.keys()].slice(0, 700) : [`u${random.below(2_500)}`])
    objects = atOnce(editedKinds(objects, set, { ...nothingRemoved, upstreams: gone }))
    const written = Buffer.concat(atOnce(text.of(objects, RoutingDigest.empty))).toString()
    expect((JSON.parse(written) as { routing: Routing }).routing).toEqual({
      ...emptyRouting,
      upstreams: Object.fromEntries(objects.upstreams),
    })
  }
})

test('nothing is kept as nothing', () => {
  const text = Buffer.concat(textOf(new LastGoodText('a/b'), emptyRouting)).toString()
  expect(JSON.parse(text)).toMatchObject({ routing: emptyRouting })
})
