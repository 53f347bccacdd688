import { backslash, controlByte, hiddenDots, malformedPercent } from '../../../proxy/http/path/path-problem.ts'
import { describe, expect, test } from 'vitest'
import { errorsOf, loaded, messagesOf, withRoute, withUpstream } from './loading.ts'

const warnings = (text: string) => loaded(text).warnings.map(({ path, message }) => `${path}: ${message}`)
const fan = (to: string, more = '') => withRoute(`fanout: { to: [ ${to} ]${more} }`)

describe('names', () => {
  test('an upstream that is used must be defined, in whatever action and with its place', () => {
    const text = `upstreams: { inventory: { dns: "a:1" } }
routes:
  - { name: a, forward: inventry }
  - { name: b, forward: { upstream: inventry }, mirror: [ { upstream: other } ] }
  - { name: c, split: [ { upstream: inventory }, { upstream: x } ] }
  - { name: d, fanout: { to: [ { upstream: y } ] } }
`
    expect(errorsOf(text)).toEqual([
      '3:25: routes[0].forward: there is no upstream "inventry", did you mean `inventory`?',
      '4:37: routes[1].forward.upstream: there is no upstream "inventry", did you mean `inventory`?',
      '4:71: routes[1].mirror[0].upstream: there is no upstream "other", expected one of inventory',
      '5:62: routes[2].split[1].upstream: there is no upstream "x", expected one of inventory',
      '6:44: routes[3].fanout.to[0].upstream: there is no upstream "y", expected one of inventory',
    ])
  })

  test('without upstreams there is nothing to suggest', () => {
    expect(messagesOf('routes: [ { name: a, forward: b } ]')).toEqual(['there is no upstream "b", no upstream is defined'])
  })

  test('an upstream may not be found among what every object inherits', () => {
    expect(messagesOf('routes: [ { name: a, forward: constructor } ]')).toHaveLength(1)
  })

  test('routes and listeners have names of their own', () => {
    expect(errorsOf('listeners:\n  - { name: a, address: "a:1" }\n  - { name: a, address: "a:2" }\n')).toEqual([
      '3:13: listeners[1].name: the listener listeners[0] has the name "a" already',
    ])
    expect(errorsOf('routes:\n  - { name: a, respond: {} }\n  - { name: a, respond: {} }\n')).toEqual([
      '3:13: routes[1].name: the route routes[0] has the name "a" already',
    ])
  })

  test("destinations of one fan-out have names of their own, given or their upstream's", () => {
    expect(messagesOf(fan('{ upstream: a }, { upstream: a }'))).toEqual([
      'another destination is called "a" already; give each its own `name`',
    ])
    expect(messagesOf(fan('{ upstream: a }, { upstream: b, name: a }'))).toHaveLength(1)
    expect(messagesOf(fan('{ upstream: a }, { upstream: a, name: c }'))).toEqual([])
  })
})

describe('addresses', () => {
  test.each([
    ['listeners: [ { name: x, address: "127.0.0.1:15000" } ]', 'admin listens on "127.0.0.1:15000" already'],
    ['listeners: [ { name: x, address: "localhost:15000" } ]', 'admin listens on "127.0.0.1:15000" already'],
    ['listeners: [ { name: x, address: "10.0.0.1:15020" } ]', 'health listens on "0.0.0.0:15020" already'],
    ['admin: { address: "127.0.0.1:15020" }', 'health listens on "0.0.0.0:15020" already'],
    ['admin: { address: "127.0.0.1:15001" }', 'listener outbound listens on "127.0.0.1:15001" already'],
    ['listeners: [ { name: x, address: "10.0.0.1:1" }, { name: y, address: "0.0.0.0:1" } ]', 'listener x listens on "10.0.0.1:1" already'],
  ])('%s clashes', (text, message) => {
    expect(messagesOf(text)).toEqual([message])
  })

  test.each([
    'listeners: [ { name: x, address: "127.0.0.1:0" }, { name: y, address: "127.0.0.1:0" } ]',
    'listeners: [ { name: x, address: "127.0.0.1:1" }, { name: y, address: "127.0.0.2:1" } ]',
    'admin: { address: "127.0.0.1:0" }\nhealth: { address: "127.0.0.1:0" }',
  ])('%s does not', (text) => {
    expect(messagesOf(text)).toEqual([])
  })

  test('an admin API that others can reach is warned about', () => {
    expect(loaded('admin: { address: "0.0.0.0:15000" }').warnings).toMatchObject([{ path: 'admin.address', line: 1, column: 19 }])
    expect(loaded('admin: { address: "[::1]:15000" }').warnings).toEqual([])
  })
})

describe('upstreams', () => {
  test.each([
    ['{}', 'found no addresses, expected `endpoints` or `dns`'],
    ['dns: "a:1", endpoints: ["a:1"]', 'found both `endpoints` and `dns`, expected one of them'],
    ['dns: "a:0"', 'found port 0, expected a port from 1 to 65535'],
    ['endpoints: ["a:1", { address: "a:00" }]', 'found port 0, expected a port from 1 to 65535'],
    ['endpoints: ["a:1", { address: "a:1" }]', 'the endpoint "a:1" stands here twice; a `weight` gives it a larger share'],
    ['dns: "a:1", protocol: auto', 'found `auto` without `tls`: TLS decides the protocol (ALPN); name `http1` or `http2`, or set `tls`'],
    [
      'dns: "a:1", protocol: auto, tls: off',
      'found `auto` without `tls`: TLS decides the protocol (ALPN); name `http1` or `http2`, or set `tls`',
    ],
    ['dns: "a:1", tls: { cert: x }', 'found `cert` without `key`: they go together'],
    ['dns: "a:1", tls: { key: x }', 'found `key` without `cert`: they go together'],
  ])('%s', (keys, message) => {
    expect(messagesOf(keys === '{}' ? 'upstreams: { u: {} }' : withUpstream(keys))).toEqual([message])
  })

  test('with `tls: {}` the protocol may be left to TLS', () => {
    expect(messagesOf(withUpstream('dns: "a:1", protocol: auto, tls: {}'))).toEqual([])
  })
})

describe('routes', () => {
  test('has exactly one action, and what was found is listed', () => {
    expect(errorsOf(withRoute('forward: a, respond: {}'))).toEqual([
      '3:28: routes[0].respond: found `forward` and `respond`, expected exactly one of `forward`, `split`, `fanout`, `respond` or `redirect`',
    ])
    expect(errorsOf(withRoute('timeout: 1s'))).toEqual([
      '3:5: routes[0]: found no action, expected exactly one of `forward`, `split`, `fanout`, `respond` or `redirect`',
    ])
  })

  test.each([
    ['forward: a, sticky: { header: x }', 'goes with `split` only, found `forward`'],
    ['respond: {}, mirror: [ { upstream: a } ]', 'goes with `forward`, `split` or `fanout` only, found `respond`'],
    ['split: [ { upstream: a, weight: 0 }, { upstream: b, weight: 0 } ]', 'every weight is 0, so no destination would ever be chosen'],
    ['respond: { status: 204, body: x }', 'an answer with status 204 has no body'],
    ['respond: { status: 304, body: x }', 'an answer with status 304 has no body'],
    ['respond: { status: 100 }', 'found the number 100, expected a whole number from 200 to 599'],
    ['redirect: {}', 'would send the caller back to where it came from, expected `scheme`, `host`, `port` or `path`'],
    ['redirect: { host: "a:80" }', 'found "a:80", expected a host such as orders.shop.internal, without a port'],
    [
      'forward: { upstream: a, path: /x, pathPrefix: /y }, match: { pathPrefix: /z }',
      'found both `path` and `pathPrefix`, expected one of them',
    ],
    [
      'forward: { upstream: a, pathPrefix: /y }',
      'replaces the prefix that the route matched, so every `match` of the route needs a `pathPrefix`',
    ],
    [
      'forward: { upstream: a, pathPrefix: /y }, match: [ { pathPrefix: /z }, { path: /q } ]',
      'replaces the prefix that the route matched, so every `match` of the route needs a `pathPrefix`',
    ],
    [
      'forward: { upstream: a, body: "{ a: " }',
      'expected a JSONata expression: Expected "}" before end of expression (character 5 of the expression)',
    ],
    [
      'forward: { upstream: a, host: "a b" }',
      'found "a b", expected a host with or without a port, such as orders.shop.internal or orders:8080',
    ],
    ['forward: { upstream: a, method: post }', 'methods are case-sensitive, did you mean `POST`?'],
    ['forward: { upstream: a, path: "/a?b=c#d" }', 'The query has a `#`, which begins a fragment and is never sent.'],
  ])('%s', (lines, message) => {
    expect(messagesOf(withRoute(lines))).toEqual([message])
  })

  test('additions that fit are taken', () => {
    expect(
      messagesOf(
        withRoute('split: [ { upstream: a, weight: 0 }, { upstream: b } ], sticky: { source: true }, mirror: [ { upstream: a } ]'),
      ),
    ).toEqual([])
    expect(messagesOf(withRoute('forward: { upstream: a, path: "/x?y=1" }'))).toEqual([])
  })
})

describe('routes that match the same', () => {
  test('are warned about at the one whose name comes later, whatever the order of the file', () => {
    const text = `routes:
  - { name: b, match: { path: /x, host: h }, respond: {} }
  - { name: a, match: [ { path: /y }, { host: h, path: /x } ], respond: {} }
`
    expect(warnings(text)).toEqual(['routes[0].match: gets no call: the route "a" matches the same, and its name comes first'])
  })

  test('include those that match every call', () => {
    expect(warnings('routes: [ { name: a, respond: {} }, { name: b, match: {}, respond: {} } ]')).toHaveLength(1)
  })

  test('are not those that differ anywhere', () => {
    expect(warnings('routes: [ { name: a, match: { path: /x }, respond: {} }, { name: b, match: { path: /y }, respond: {} } ]')).toEqual([])
  })
})

describe('fan-outs', () => {
  test.each([
    ['{ upstream: a }, { upstream: b }', ', succeed: { quorum: 3 }', 'found a quorum of 3, expected at most 2, the number of destinations'],
    ['{ upstream: a }', ', succeed: required', 'found no destination with `required: true`, expected at least one'],
    ['{ upstream: a, name: payment }', ', respond: { from: paymnt }', 'no destination is called "paymnt", did you mean `payment`?'],
    ['{ upstream: a }, { upstream: b }', ', respond: { from: zebra }', 'no destination is called "zebra", expected one of a, b'],
    [
      '{ upstream: a }',
      ', respond: { jsonata: "(" }',
      'expected a JSONata expression: Expected ")" before end of expression (character 1 of the expression)',
    ],
    ['{ upstream: a, compensate: { path: "/a//b" } }', '', 'found `/a//b`, expected it as calls are matched and sent: `/a/b`'],
    [
      '{ upstream: a, compensate: { headers: { set: { te: x } } } }',
      '',
      '`te` belongs to one connection and is written by the sidecar itself',
    ],
  ])('%s%s', (to, more, message) => {
    expect(messagesOf(fan(to, more))).toEqual([message])
  })
})

test('the destinations of a sticky split need names of their own', () => {
  const split = 'split: [{ upstream: a, path: /1 }, { upstream: a, path: /2 }]'
  expect(messagesOf(withRoute(split))).toEqual([])
  expect(messagesOf(withRoute(`${split}, sticky: { source: true }`))).toEqual([
    'another destination is called "a" already; give each its own `name`',
  ])
})

test('CONNECT goes with what has one destination, and is never sent', () => {
  const matched = (action: string) =>
    `upstreams: { a: { endpoints: ["10.0.0.1:1"] } }\nroutes: [ { name: r, match: { host: x, method: [GET, CONNECT] }, ${action} } ]`
  expect(messagesOf(matched('forward: a'))).toEqual([])
  expect(messagesOf(matched('split: [{ upstream: a }], mirror: [{ upstream: a }]'))).toEqual([])
  expect(messagesOf(matched('respond: {}'))).toEqual(['`CONNECT` goes with `forward` or `split` only, found `respond`'])
  expect(messagesOf(matched('fanout: { to: [{ upstream: a }] }'))).toEqual([
    '`CONNECT` goes with `forward` or `split` only, found `fanout`',
  ])
  expect(messagesOf(withRoute('forward: { upstream: a, method: CONNECT }'))).toEqual([
    '`CONNECT` cannot be sent: a route with `match: { method: CONNECT }` makes a tunnel of one',
  ])
})

describe('matches', () => {
  test.each([
    ['path: /a, pathPrefix: /b', 'found `path` and `pathPrefix`, expected one of them'],
    ['path: /a, pathRegex: b', 'found `path` and `pathRegex`, expected one of them'],
    ['path: a', 'found "a", expected a path that begins with /'],
    ['path: "/a?b=c"', 'found a query, expected a path alone; `match.query` matches parameters'],
    ['path: /a/../b', 'found `/a/../b`, expected it as calls are matched and sent: `/b`'],
    ['pathPrefix: /a/%2e%2E;x/b', hiddenDots.reason],
    ['path: /a/%252e%252e/b', hiddenDots.reason],
    ['path: /a//b', 'found `/a//b`, expected it as calls are matched and sent: `/a/b`'],
    ['path: /%41', 'found `/%41`, expected it as calls are matched and sent: `/A`'],
    ['path: /%2f', 'found `/%2f`, expected it as calls are matched and sent: `/%2F`'],
    ['path: "/100%"', malformedPercent.reason],
    ['path: /%5C', backslash.reason],
    ['path: "/a b"', controlByte.reason],
    ['path: /é', 'found `/é`, expected it as calls are matched and sent: `/%C3%A9`'],
    ['host: "a:80"', 'found "a:80", expected a host such as orders.shop.internal, *.shop.internal or *, without a port'],
    ['host: "a.*"', 'found "a.*", expected a host such as orders.shop.internal, *.shop.internal or *, without a port'],
    ['method: [GET, get]', 'methods are case-sensitive, did you mean `GET`?'],
    ['method: connect', 'methods are case-sensitive, did you mean `CONNECT`?'],
    ['method: CONNECT, path: /a', 'a `CONNECT` has neither path nor query, so no call would match'],
    ['method: [CONNECT], query: { a: "1" }', 'a `CONNECT` has neither path nor query, so no call would match'],
    ['headers: { Host: a }', '`host` is matched by `match.host`'],
    ['headers: { connection: a }', 'this field belongs to one connection and is gone before routes are matched'],
    ['headers: { x-a: "1", X-A: "2" }', 'the field `x-a` stands here twice; field names have no case'],
    [
      'pathRegex: "(?=a)b"',
      'expected a regular expression in RE2 syntax (no look-around, no back-references): error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    [
      'query: { q: { regex: "(" } }',
      'expected a regular expression in RE2 syntax (no look-around, no back-references): error parsing regexp: missing closing ): `(`',
    ],
  ])('%s', (match, message) => {
    expect(messagesOf(withRoute(`forward: a, match: { ${match} }`))).toEqual([message])
  })

  test.each([
    'host: "*"',
    'host: "*.a.b"',
    'host: "[::1]"',
    'host: a_b.c.',
    'path: /',
    'path: /a%2Fb',
    'pathPrefix: /a/',
    'pathRegex: "/a${1,2}"',
  ])('%s is fine', (match) => {
    expect(messagesOf(withRoute(`forward: a, match: { ${match} }`))).toEqual([])
  })
})

describe('header changes', () => {
  test.each([
    ['set: { Host: x }', "`host` is not changed here: the destination's `host` replaces it"],
    ...['content-length', 'transfer-encoding', 'connection', 'te', 'upgrade', 'trailer', 'keep-alive', 'proxy-connection'].flatMap(
      (field) =>
        [`set: { ${field}: x }`, `add: { ${field}: x }`, `remove: [ ${field} ]`].map((change) => [
          change,
          `\`${field}\` belongs to one connection and is written by the sidecar itself`,
        ]),
    ),
    ['remove: [ host ]', "`host` is not changed here: the destination's `host` replaces it"],
    ['set: { x-a: "1", X-A: "2" }', 'the field `x-a` stands here twice; field names have no case'],
    ['set: { x: "a\\r\\nb" }', 'found a control character or one beyond Latin-1, which no header value may contain'],
    ['add: { x: "\\0" }', 'found a control character or one beyond Latin-1, which no header value may contain'],
    ['set: { x: "€" }', 'found a control character or one beyond Latin-1, which no header value may contain'],
    ['set: { "a b": x }', 'found the name "a b", expected a header field name'],
  ])('%s', (changes, message) => {
    expect(messagesOf(withRoute(`forward: { upstream: a, headers: { ${changes} } }`))).toEqual([message])
  })

  test('answers of the sidecar are held to the same', () => {
    expect(messagesOf(withRoute('respond: { headers: { content-length: "5" } }'))).toHaveLength(1)
  })
})
