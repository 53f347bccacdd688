import { stringify } from 'yaml'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../proxy/config/load.ts'
import { errorsOf, loaded, withRoute } from './loading.ts'

const shop = `
tracing: { otlp: "http://user:pw@127.0.0.1:4318", sample: 0.5 }
upstreams:
  inventory: { endpoints: ["10.0.0.7:8080", { address: "[::1]:8080", weight: 2 }], timeout: { request: 0s, idle: 1.5s } }
  web: { dns: "web.shop.svc:443", protocol: auto, tls: {}, balance: { hash: { source: true } } }
routes:
  - name: prefix
    match: { host: "*.shop.internal", pathPrefix: /a, headers: { x-tenant: { regex: "a|b" } } }
    forward: { upstream: inventory, pathPrefix: /b }
    mirror: [ { upstream: web, percent: 0.1, bodyLimit: 64KiB } ]
  - name: split
    match: [ { path: /s }, { path: /t, method: [GET, HEAD] } ]
    split: [ { upstream: inventory, weight: 90 }, { upstream: web, weight: 10 } ]
    sticky: { cookie: session }
  - name: fan
    fanout:
      to: [ { upstream: inventory, required: true }, { upstream: web, body: '{ "a": b }', timeout: 200ms } ]
      succeed: required
      respond: { from: inventory }
  - { name: gone, match: { path: /gone }, respond: { status: 410, body: "gone\${x}" } }
  - { name: moved, match: { path: /old }, redirect: { path: /new, status: 308 } }
`

describe('loading a configuration', () => {
  test('fills in defaults and turns quantities into numbers', () => {
    const { config } = loaded(shop)
    expect(config.admin.address).toBe('127.0.0.1:15000')
    expect(config.listeners).toEqual([{ name: 'outbound', address: '127.0.0.1:15001', paths: 'strict' }])
    expect(config.upstreams['inventory']?.timeout).toEqual({ connect: 1_000, request: 0, idle: 1_500 })
    expect(config.upstreams['inventory']?.bulkhead).toEqual({ connections: 64, pending: 128, requests: 256 })
    expect(config.routes[0]?.mirror?.[0]).toMatchObject({ percent: 0.1, bodyLimit: 65_536, when: 'sent' })
    expect(config.routes[2]?.fanout?.to[1]).toMatchObject({ timeout: 200, required: false })
  })

  test('takes JSON as well, indented with tabs too', () => {
    const document = { upstreams: { a: { dns: 'a.test:80' } }, routes: [{ name: 'r', forward: 'a' }] }
    expect(loaded(JSON.stringify(document, null, '\t')).config.routes).toEqual(document.routes)
  })

  test('takes an empty file, or one of comments only, for one that leaves everything to the defaults', () => {
    expect(loaded('').config).toEqual(loaded('# nothing yet\n').config)
  })

  test('shows the configuration in the language of the file, and what is shown loads as the same', () => {
    const { config, shown } = loaded(shop.replace('user:pw@', ''))
    expect(shown).toMatchObject({ drain: { timeout: '30s' }, upstreams: { inventory: { timeout: { request: '0s', idle: '1500ms' } } } })
    const again = loaded(stringify(shown))
    expect(again.config).toEqual(config)
    expect(again.shown).toEqual(shown)
    expect(loaded(JSON.stringify(shown)).config).toEqual(config)
  })

  test('leaves what it is given as it was, and two loads share nothing that can be changed', () => {
    const source = Object.freeze({ file: 'tandem.yaml', text: shop })
    const [first, second] = [loadConfig(source, [], {}), loadConfig(source, [], {})]
    if (!first.ok || !second.ok) throw new Error('refused')
    const before = JSON.stringify(second)
    first.config.listeners.push({ name: 'more', address: '127.0.0.1:1', paths: 'strict' })
    first.config.admin.address = 'changed'
    first.config.drain.timeout = 1
    expect(JSON.stringify(second)).toBe(before)
    expect(JSON.stringify(loadConfig(source, [], {}))).toBe(before)
  })

  test('reports schema errors and dangling names of one file together, in reading order', () => {
    expect(errorsOf(`${withRoute('forward: c, timeout: 3')}accessLog: { format: jsn }\n`)).toEqual([
      '3:25: routes[0].forward: there is no upstream "c", expected one of a, b',
      '3:37: routes[0].timeout: found the number 3, expected a duration such as 250ms, 2s or 1m',
      '4:22: accessLog.format: found "jsn", expected `json`, `text` or `off`, did you mean `json`?',
    ])
  })

  test('keeps aliases in place: an error in one points at the value that was written', () => {
    expect(errorsOf('upstreams:\n  a: &limits { dns: "a:1", bulkhead: { pending: x } }\n  b: *limits\n')).toEqual([
      '2:49: upstreams.a.bulkhead.pending: found "x", expected a whole number from 0',
      '2:49: upstreams.b.bulkhead.pending: found "x", expected a whole number from 0',
    ])
  })
})
