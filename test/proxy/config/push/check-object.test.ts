import { describe, expect, test } from 'vitest'
import { checkObject } from '../../../../proxy/config/push/check-object.ts'
import { checkRouting } from '../../../../proxy/config/push/check-routing.ts'
import { emptyRouting, type JsonObject, type Kind, type Routing } from '../../../../proxy/config/push/routing.ts'
import { formatPath } from '../../../../proxy/config/path.ts'

const objectErrors = (kind: Kind, name: string, body: JsonObject) =>
  checkObject(kind, name, body).map(({ path, message }) => `${formatPath(path)}: ${message}`)
const routingErrors = (routing: Partial<Routing>) =>
  checkRouting({ ...emptyRouting, ...routing }).map(({ path, message }) => `${formatPath(path)}: ${message}`)

describe('an object by itself', () => {
  test.each<[Kind, string, JsonObject]>([
    ['listeners', 'in', { name: 'in', address: '127.0.0.1:0', inbound: { app: '127.0.0.1:1', mtls: 'permissive' } }],
    ['upstreams', 'u', { dns: 'u:1', tls: 'mesh', identity: 'spiffe://mesh.local/ns/a/sa/b' }],
    ['upstreams', 'u', { dns: 'u:1', tls: { ca: '/nowhere/ca.pem', key: '${env:NOBODY_KNOWS}', cert: '/nowhere' } }],
    ['routes', 'r', { name: 'r', forward: { upstream: 'elsewhere', headers: { set: { a: '${file:/nowhere}' } } } }],
  ])('of %s is right whatever stands beside it', (kind, name, body) => {
    expect(objectErrors(kind, name, body)).toEqual([])
  })

  test.each<[string, Kind, string, JsonObject, string[]]>([
    ['a key', 'routes', 'r', { name: 'r', froward: 'a' }, ['froward: unknown key, did you mean `forward`?']],
    [
      'a value',
      'upstreams',
      'u',
      { dns: 'u:1', timeout: { idle: 5 } },
      ['timeout.idle: found the number 5, expected a duration such as 250ms, 2s or 1m'],
    ],
    [
      'two at once',
      'upstreams',
      'u',
      { dns: 'u:1', protocol: 'auto', balance: 'fair' },
      [expect.stringMatching(/^balance: /) as string, expect.stringMatching(/^protocol: /) as string],
    ],
    ['a name', 'upstreams', 'a b', { dns: 'u:1' }, [': found the name "a b", expected a name of letters, digits, `.`, `_` and `-`']],
    ['another name', 'routes', 'r', { name: 's', respond: {} }, ['name: the object is called "r", and has to say so itself']],
    ['no name', 'listeners', 'l', { address: '127.0.0.1:1' }, ['name: is missing, expected a name of letters, digits, `.`, `_` and `-`']],
    [
      'no action',
      'routes',
      'r',
      { name: 'r' },
      [': found no action, expected exactly one of `forward`, `split`, `fanout`, `respond` or `redirect`'],
    ],
    [
      'a placeholder',
      'routes',
      'r',
      { name: 'r', forward: { upstream: 'a', headers: { set: { a: '${env:' } } } },
      ['forward.headers.set.a: found `${env:`, expected `${env:NAME}` or `${file:PATH}`'],
    ],
    [
      'a key of JavaScript',
      'routes',
      'r',
      JSON.parse('{ "name": "r", "respond": { "headers": { "__proto__": "a" } } }') as JsonObject,
      ['respond.headers.__proto__: this key is not allowed'],
    ],
    ['a name of JavaScript', 'upstreams', '__proto__', { dns: 'u:1' }, [': this key is not allowed']],
    ['a word for later', 'upstreams', 'u', { dns: 'u:1', retry: {} }, ['retry: `retry` is not supported yet in this version']],
    ['a selector', 'routes', 'r', { name: 'r', respond: {}, for: {} }, [expect.stringMatching(/^for: `for` says whom/) as string]],
  ])('%s that is wrong has its place in the object', (_, kind, name, body, errors) => {
    expect(objectErrors(kind, name, body).toSorted()).toEqual(errors)
  })

  test('nesting without end is refused, not followed', () => {
    let deep: unknown = 1
    for (let depth = 0; depth < 100_000; depth++) deep = { match: deep }
    expect(objectErrors('routes', 'r', { name: 'r', match: deep, respond: {} })).toEqual([
      'match.match.match: nested more than 64 levels deep',
    ])
  })
})

describe('objects together', () => {
  test('an upstream that is used must be there', () => {
    const routes = { r: { name: 'r', forward: 'a' }, s: { name: 's', split: [{ upstream: 'a' }, { upstream: 'b' }] } }
    expect(routingErrors({ routes, upstreams: { a: { dns: 'a:1' } } })).toEqual([
      'routes.s.split[1].upstream: there is no upstream "b", expected one of a',
    ])
    expect(routingErrors({ routes: { r: { name: 'r', forward: 'constructor' } } })).toEqual([
      'routes.r.forward: there is no upstream "constructor", no upstream is defined',
    ])
  })

  test('no two listeners want the same port', () => {
    const listener = (name: string, address: string) => ({ [name]: { name, address } })
    expect(
      routingErrors({ listeners: { ...listener('a', '127.0.0.1:1'), ...listener('b', '0.0.0.0:1'), ...listener('c', '127.0.0.1:2') } }),
    ).toEqual(['listeners.b.address: listener a listens on "127.0.0.1:1" already'])
    expect(routingErrors({ listeners: { ...listener('a', '127.0.0.1:0'), ...listener('b', '127.0.0.1:0') } })).toEqual([])
  })
})
