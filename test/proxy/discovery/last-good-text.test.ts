import { expect, test } from 'vitest'
import type { JsonObject, Routing } from '../../../proxy/config/push/routing.ts'
import { LastGoodText } from '../../../proxy/discovery/last-good-text.ts'
import { atOnce } from '../../../proxy/runtime/steps.ts'

const upstreams: Record<string, JsonObject> = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`u${n}`, { dns: `u${n}:1` }]))
const whole: Routing = { listeners: {}, upstreams, routes: {} }

test('one change among thousands makes one piece anew, and uses the others again', () => {
  const text = new LastGoodText('shop/checkout')
  const before = new Set(atOnce(text.of('v1', whole)))
  const after = atOnce(text.of('v2', { ...whole, upstreams: { ...upstreams, u700: { dns: 'elsewhere:1' } } }))
  const large = after.filter(({ length }) => length > 1_000)
  expect(large).toHaveLength(8)
  expect(large.filter((piece) => !before.has(piece))).toHaveLength(1)
})

test('it is JSON, in the order of the kinds', () => {
  const text = Buffer.concat(atOnce(new LastGoodText('shop/checkout').of('v1', whole))).toString()
  const { digest, ...rest } = JSON.parse(text) as { digest: string }
  expect(rest).toEqual({ workload: 'shop/checkout', version: 'v1', routing: whole })
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
})

test('nothing is kept as nothing', () => {
  const empty = { listeners: {}, upstreams: {}, routes: {} }
  expect(JSON.parse(Buffer.concat(atOnce(new LastGoodText('a/b').of('v', empty))).toString())).toMatchObject({ routing: empty })
})
