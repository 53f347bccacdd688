import { expect, test } from 'vitest'
import { readMessage } from '../../../../proxy/config/push/read-message.ts'
import { atOnce } from '../../../../proxy/runtime/steps.ts'

const read = (message: unknown) => atOnce(readMessage(typeof message === 'string' ? message : JSON.stringify(message)))

const routing = {
  listeners: {},
  upstreams: { u: { dns: 'u:1' } },
  routes: { r: { name: 'r', match: { headers: { a: 'b' } }, forward: 'u' }, s: { name: 's', respond: {} } },
}
const remove = { listeners: [], upstreams: ['v'], routes: [] }

test.each([
  { type: 'snapshot', version: 'v', nonce: '1', routing },
  { type: 'delta', base: 'u', version: 'v', nonce: '1', set: routing, remove },
  { type: 'trustBundle', pem: 'one' },
  { type: 'heartbeat' },
])('reads what the control plane says: $type', (message) => {
  expect(read(message)).toEqual(message)
})

test('takes a step for each object, so that the routing of thousands holds up nobody', () => {
  const routes = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`r${n}`, { name: `r${n}`, respond: {} }]))
  const message = { type: 'snapshot', version: 'v', nonce: '1', routing: { ...routing, routes } }
  const steps = [...readMessage(JSON.stringify(message))]
  expect(steps).toHaveLength(5_001)
  expect(read(message)).toEqual(message)
})

test('keeps a name that means something to JavaScript, for the checks to refuse', () => {
  const message = read(
    '{"type":"snapshot","version":"v","nonce":"1","routing":{"listeners":{},"upstreams":{"__proto__":{"dns":"u:1"}},"routes":{}}}',
  )
  expect(message.type === 'snapshot' && Object.keys(message.routing.upstreams)).toEqual(['__proto__'])
  expect(({} as { dns?: string }).dns).toBeUndefined()
})

test.each([
  ['no object', '[]', 'no object'],
  ['nothing known', '{"type":"hello"}', 'wrong form at type'],
  ['a member too many', '{"type":"heartbeat","routing":{}}', 'wrong form'],
  ['a kind too many', { type: 'snapshot', version: 'v', nonce: '1', routing: { ...routing, services: {} } }, 'wrong form at routing'],
  [
    'a kind too few',
    { type: 'snapshot', version: 'v', nonce: '1', routing: { listeners: {}, routes: {} } },
    'wrong form at routing.upstreams',
  ],
  [
    'a kind that is no object',
    { type: 'snapshot', version: 'v', nonce: '1', routing: { ...routing, routes: [] } },
    'wrong form at routing.routes',
  ],
  [
    'an object that is none',
    { type: 'snapshot', version: 'v', nonce: '1', routing: { ...routing, routes: { r: 5 } } },
    'wrong form at routes.r',
  ],
  ['routing that is none', { type: 'snapshot', version: 'v', nonce: '1', routing: null }, 'wrong form at routing'],
  ['text behind it', '{"type":"heartbeat"} {}', 'no JSON'],
])('refuses %s', (_, message, reason) => {
  expect(() => read(message)).toThrow(reason)
})
