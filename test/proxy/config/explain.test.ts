import { describe, expect, test } from 'vitest'
import { errorsOf, messagesOf, withRoute, withUpstream } from './loading.ts'

describe('explaining what the schema refuses', () => {
  test.each([
    ['a key that is nearly right', 'upstream: {}', '1:1: upstream: unknown key, did you mean `upstreams`?'],
    ['a key like no other', 'admin: { zebra: 1 }', '1:10: admin.zebra: unknown key, expected one of address'],
    [
      'a word that is nearly right',
      'accessLog: { format: jsno }',
      '1:22: accessLog.format: found "jsno", expected `json`, `text` or `off`, did you mean `json`?',
    ],
    [
      'a number where a duration belongs',
      'drain: { timeout: 30 }',
      '1:19: drain.timeout: found the number 30, expected a duration such as 250ms, 2s or 1m',
    ],
    [
      'a number out of range',
      'tracing: { sample: 101 }',
      '1:20: tracing.sample: found the number 101, expected a percentage from 0 to 100',
    ],
    [
      'an address without a port',
      'admin: { address: localhost }',
      '1:19: admin.address: found "localhost", expected an address such as 127.0.0.1:8080 or [::1]:8080',
    ],
    [
      'a port that is too high',
      'admin: { address: "a:65536" }',
      '1:19: admin.address: found "a:65536", expected an address such as 127.0.0.1:8080 or [::1]:8080',
    ],
    [
      'a host with a space that only Unicode knows',
      'admin: { address: "a\u00a0b:1" }',
      '1:19: admin.address: found "a\u00a0b:1", expected an address such as 127.0.0.1:8080 or [::1]:8080',
    ],
    [
      'an IPv6 address that is none',
      'admin: { address: "[1::2::3]:1" }',
      '1:19: admin.address: found "[1::2::3]:1", expected an address such as 127.0.0.1:8080 or [::1]:8080',
    ],
    ['nothing where a list belongs', 'routes:\n', '1:8: routes: found nothing, expected a list'],
    ['a list where an object belongs', 'admin: []', '1:8: admin: found an empty list, expected an object'],
    ['a text for the whole document', 'hello', '1:1: found "hello", expected an object'],
    [
      'an unquoted number as a label',
      'node: { labels: { version: 1.0 } }',
      '1:28: node.labels.version: found the number 1, expected a text: put it in quotes',
    ],
  ])('%s', (_, text, expected) => {
    expect(errorsOf(text)).toEqual([expected])
  })

  test('a key that is missing has the place of the object that it is missing from', () => {
    expect(errorsOf('listeners:\n  - { name: a }\n')).toEqual([
      '2:5: listeners[0].address: is missing, expected an address such as 127.0.0.1:8080 or [::1]:8080',
    ])
  })

  test('a key that is missing because it is misspelt is spoken of once', () => {
    expect(errorsOf('listeners:\n  - { name: a, adress: "a:1" }\n')).toEqual([
      '2:16: listeners[0].adress: unknown key, did you mean `address`?',
    ])
    expect(errorsOf(withRoute('foward: a'))).toEqual(['3:16: routes[0].foward: unknown key, did you mean `forward`?'])
  })

  test('a name that may not be one is pointed at', () => {
    expect(errorsOf('upstreams:\n  "pay ment": { dns: "a:1" }\n')).toEqual([
      '2:3: upstreams["pay ment"]: found the name "pay ment", expected a name of letters, digits, `.`, `_` and `-`',
    ])
  })

  test('no message contains a value that may be a secret', () => {
    const texts = [
      withUpstream('dns: "a:1", tls: { key: [s3cret] }'),
      withRoute('forward: { upstream: a, headers: { set: { authorization: 4711 } } }'),
      withRoute('forward: { upstream: a, headers: { set: { authorization: "s3cret\\n" } } }'),
      withRoute('forward: { upstream: a, headers: { set: { authorization: { s3cret: 1 } } } }'),
    ]
    for (const text of texts) {
      expect(messagesOf(text)).toHaveLength(1)
      expect(messagesOf(text)[0]).not.toMatch(/4711|: 1|s3cret"/)
    }
  })
})

describe('explaining unions by the branch that was meant', () => {
  test.each([
    [
      'a misspelt word',
      'balance: leastRequests',
      'balance: found "leastRequests", expected `leastRequest`, `roundRobin`, `random` or an object with `hash`, did you mean `leastRequest`?',
    ],
    [
      'neither word nor object',
      'balance: 5',
      'balance: found the number 5, expected `leastRequest`, `roundRobin`, `random` or an object with `hash`',
    ],
    [
      'an error inside the object',
      'balance: { hash: { header: 5 } }',
      'balance.hash.header: found the number 5, expected a header field name',
    ],
    ['a misspelt key in the object', 'balance: { hsh: { header: x } }', 'balance.hsh: unknown key, did you mean `hash`?'],
    ['a misspelt key among several objects', 'balance: { hash: { cokie: x } }', 'balance.hash.cokie: unknown key, did you mean `cookie`?'],
    [
      'a key like no other among several objects',
      'balance: { hash: { zebra: 1 } }',
      'balance.hash: found an object with `zebra`, expected an object with `header`, an object with `cookie` or an object with `source`',
    ],
    [
      'two branches at once',
      'balance: { hash: { header: a, cookie: b } }',
      'balance.hash: found an object with `header` or `cookie`, expected an object with `header`, an object with `cookie` or an object with `source`',
    ],
    [
      'a word where an object may stand too',
      'tls: on',
      'tls: found "on", expected `off`, `mesh` or an object with `ca`, `serverName`, `cert` or `key`',
    ],
    [
      'an unknown key in an object of options only',
      'tls: { verify: false }',
      'tls.verify: unknown key, expected one of ca, serverName, cert, key',
    ],
    [
      'an object in a list of texts and objects',
      'endpoints: [ { address: "a:1", weigth: 2 } ]',
      'endpoints[0].weigth: unknown key, did you mean `weight`?',
    ],
  ])('%s', (_, keys, expected) => {
    const text = withUpstream(keys.startsWith('endpoints') ? keys : `dns: "a:1", ${keys}`)
    expect(errorsOf(text).map((line) => line.replace(/^\d+:\d+: upstreams\.u\./, ''))).toEqual([expected])
  })

  test('a condition in a list of conditions is explained by itself', () => {
    expect(errorsOf(withRoute('forward: a, match: [ { path: /a }, { hots: x } ]'))).toEqual([
      '3:53: routes[0].match[1].hots: unknown key, did you mean `host`?',
    ])
  })

  test('the short form of forward is named beside the long one', () => {
    expect(messagesOf(withRoute('forward: 5'))).toEqual([
      'found the number 5, expected a name of letters, digits, `.`, `_` and `-` or an object with `upstream`',
    ])
  })
})

describe('words of the language that are not served yet', () => {
  test.each([
    ['delivery: { sqlite: ./x.db }', 'delivery'],
    ['listeners: [ { name: a, address: "a:1", originalDestination: true } ]', 'originalDestination'],
    ['listeners: [ { name: a, address: "a:1", unmatched: passthrough } ]', 'unmatched'],
    ...['retry', 'breaker', 'outlier', 'health', 'rateLimit'].map((key) => [withUpstream(`dns: "a:1", ${key}: {}`), key]),
    ...['idempotency', 'fault', 'rateLimit'].map((key) => [withRoute(`forward: a, ${key}: {}`), key]),
    [withRoute('deliver: { to: [ { upstream: a } ] }'), 'deliver'],
    ...['durable', 'compare', 'noise', 'ignore'].map((key) => [withRoute(`forward: a, mirror: [ { upstream: b, ${key}: true } ]`), key]),
  ])('%s', (text, words) => {
    expect(messagesOf(text ?? '')).toEqual([`\`${words}\` is not supported yet in this version`])
  })

  test.each([
    'for: { namespace: shop }',
    'listeners: [ { name: a, address: "a:1", for: {} } ]',
    withUpstream('dns: "a:1", for: {}'),
    withRoute('forward: a, for: {}'),
  ])('%s is told where it belongs', (text) => {
    expect(messagesOf(text)).toEqual([expect.stringMatching(/^`for` says whom .* it belongs in the routing files of the control plane/)])
  })

  test('are unknown keys anywhere else', () => {
    expect(messagesOf('admin: { retry: 1 }')).toEqual(['unknown key, expected one of address'])
    expect(messagesOf('concurrency: 0')).toEqual(['found the number 0, expected a whole number from 1 to 64'])
  })
})
