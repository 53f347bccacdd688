import { describe, expect, test } from 'vitest'
import { ConfiguredRouting } from '../../../../proxy/config/push/configured-routing.ts'
import { routingVersion } from '../../../../proxy/config/push/routing-version.ts'
import { accepted, change, ownFile, refusal, routing } from '../../../harness/pushed-routing.ts'

const certificate = new URL('../../../harness/certificates/ca.pem', import.meta.url).pathname
const controlPlane = `controlPlane: { url: "https://cp:15010", token: t, trustBundle: ${certificate} }\n`
const catalog = { name: 'catalog', forward: 'catalog' }
const shop = routing({ upstreams: { catalog: { dns: 'catalog:80' } }, routes: { catalog } })
const own = () => ConfiguredRouting.of(ownFile(controlPlane))
const pushed = () => accepted(own().withPushed('v1', shop))

describe('routing of both sources', () => {
  test('is served together, and has the version of what was pushed', () => {
    const local = ConfiguredRouting.of(
      ownFile(`${controlPlane}upstreams: { local: { dns: "l:1" } }\nroutes: [ { name: local, forward: local } ]`),
    )
    expect(local.version).toBe('none')
    const both = accepted(local.withPushed(routingVersion(shop), shop))
    expect([...both.objects.routes.keys()]).toEqual(['local', 'catalog'])
    expect([both.version, both.pushedVersion]).toEqual([routingVersion(shop), routingVersion(shop)])
  })

  test('has a digest of its content for a version where there is no control plane', () => {
    const version = (text: string) => ConfiguredRouting.of(ownFile(text)).version
    expect(version('routes: []')).toBe(version(''))
    expect(version('routes: [ { name: r, respond: {} } ]')).not.toBe(version(''))
  })

  test('pushed routes may use upstreams of the own file', () => {
    const local = ConfiguredRouting.of(ownFile(`${controlPlane}upstreams: { local: { dns: "l:1" } }`))
    expect(refusal(local.withPushed('v1', routing({ routes: { r: { name: 'r', forward: 'local' } } })))).toBe('')
  })

  test('the default listener stands back for pushed ones, and comes again when they go', () => {
    const listener = { name: 'outbound', address: '127.0.0.1:0' }
    const replaced = accepted(own().withPushed('v1', routing({ listeners: { outbound: listener } })))
    expect([...replaced.objects.listeners.values()]).toMatchObject([{ address: '127.0.0.1:0' }])
    expect(replaced.shown()['listeners']).toHaveLength(1)
    const again = accepted(replaced.withPushed('v2', change({}, { listeners: ['outbound'] })))
    expect([...again.objects.listeners.values()]).toMatchObject([{ address: '127.0.0.1:15001' }])
  })

  test('is shown together, without secrets', () => {
    const headers = { set: { authorization: 'Bearer abc', 'x-key': '${env:KEY}' } }
    const keyed = ConfiguredRouting.of(ownFile(controlPlane, { KEY: 's3cret' }))
    const route = { name: 'r', forward: { upstream: 'catalog', headers } }
    const both = accepted(keyed.withPushed('v1', routing({ ...shop, routes: { r: route } })))
    expect(both.objects.routes.get('r')?.forward).toMatchObject({ headers: { set: { 'x-key': 's3cret' } } })
    expect(both.shown()).toMatchObject({
      upstreams: { catalog: { dns: 'catalog:80', timeout: { idle: '1m' } } },
      routes: [{ forward: { headers: { set: { authorization: '[redacted]', 'x-key': '${env:KEY}' } } } }],
    })
  })
})

describe('a change', () => {
  test('reads only what is different: everything else is the very same object', () => {
    const before = pushed()
    const after = accepted(before.withPushed('v2', change({ routes: { more: { name: 'more', respond: {} } } })))
    expect(after.objects.routes.get('catalog')).toBe(before.objects.routes.get('catalog'))
    expect(after.objects.upstreams).toBe(before.objects.upstreams)
    const whole = accepted(after.withPushed('v3', structuredClone(shop)))
    expect(whole.objects.routes.get('catalog')).toBe(before.objects.routes.get('catalog'))
    expect(whole.objects.routes.has('more')).toBe(false)
  })

  test('leaves what it was made from as it was', () => {
    const before = pushed()
    accepted(before.withPushed('v2', change({}, { routes: ['catalog'] })))
    expect([before.version, [...before.objects.routes.keys()]]).toEqual(['v1', ['catalog']])
  })

  test.each([
    [
      'an object that is wrong',
      change({ routes: { r: { name: 'r', forwrd: 'catalog' } } }),
      'routes.r.forwrd: unknown key, did you mean `forward`?',
    ],
    [
      'an upstream that is not there',
      change({ routes: { r: { name: 'r', forward: 'catalgo' } } }),
      'routes.r.forward: there is no upstream "catalgo", did you mean `catalog`?',
    ],
    [
      'an upstream that goes while it is used',
      change({}, { upstreams: ['catalog'] }),
      'routes.catalog.forward: there is no upstream "catalog", no upstream is defined',
    ],
    [
      'a secret that is not there',
      change({ routes: { r: { name: 'r', respond: { headers: { a: '${env:GONE}' } } } } }),
      'routes.r.respond.headers.a: the environment variable `GONE` is not set',
    ],
    [
      'a certificate that is not there',
      change({ upstreams: { u: { dns: 'u:1', tls: { ca: '/nowhere' } } } }),
      'upstreams.u.tls.ca: cannot read the file /nowhere: it does not exist',
    ],
    [
      'a port that is taken',
      change({ listeners: { l: { name: 'l', address: '127.0.0.1:15001' }, m: { name: 'm', address: '127.0.0.1:15001' } } }),
      'listeners.m.address: listener l listens on "127.0.0.1:15001" already',
    ],
  ])('with %s is refused with the path and the reason', (_, content, reason) => {
    expect(refusal(pushed().withPushed('v2', content))).toBe(reason)
  })

  test('that is wrong throughout says so in one line of bounded length', () => {
    const routes = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`r${n}`, { name: `r${n}`, forward: 'nobody' }]))
    const reason = refusal(pushed().withPushed('v2', change({ routes })))
    expect(reason).toMatch(/^routes\.r0\.forward: .*; and 480 more$/)
  })

  test.each(['listeners', 'upstreams', 'routes'] as const)('with a name that the own file has among its %s is refused', (kind) => {
    const file = 'listeners: [ { name: x, address: "127.0.0.1:0" } ]\nupstreams: { x: { dns: "x:1" } }\nroutes: [ { name: x, forward: x } ]'
    const bodies = { listeners: { name: 'x', address: '127.0.0.1:0' }, upstreams: { dns: 'y:1' }, routes: { name: 'x', respond: {} } }
    const reason = refusal(ConfiguredRouting.of(ownFile(file)).withPushed('v1', routing({ [kind]: { x: bodies[kind] } })))
    expect(reason).toMatch(new RegExp(`^${kind}\\.x: the sidecar's own file has an? ${kind.slice(0, -1)} "x" already$`))
  })
})

describe('a reload of the own file', () => {
  test('keeps what was pushed, and the objects that are the same', () => {
    const before = pushed()
    const after = accepted(before.withOwn(ownFile(`${controlPlane}routes: [ { name: local, respond: {} } ]`)))
    expect([...after.objects.routes.keys()]).toEqual(['local', 'catalog'])
    expect(after.objects.routes.get('catalog')).toBe(before.objects.routes.get('catalog'))
    expect(after.version).toBe('v1')
    const again = accepted(after.withOwn(ownFile(`${controlPlane}routes: [ { name: local, respond: {} } ]`)))
    expect(again.objects.routes.get('local')).toBe(after.objects.routes.get('local'))
  })

  test('takes up secrets of pushed objects that are others now', () => {
    const file = (key: string) => ownFile(controlPlane, { KEY: key })
    const keyed = routing({ routes: { r: { name: 'r', respond: { headers: { 'x-key': '${env:KEY}' } } } } })
    const before = accepted(ConfiguredRouting.of(file('one')).withPushed('v1', keyed))
    const after = accepted(before.withOwn(file('two')))
    expect(after.objects.routes.get('r')?.respond?.headers).toEqual({ 'x-key': 'two' })
    expect(accepted(after.withOwn(file('two'))).objects.routes.get('r')).toBe(after.objects.routes.get('r'))
  })

  test('is refused where it takes a name or an upstream away from what was pushed', () => {
    const local = ConfiguredRouting.of(ownFile(`${controlPlane}upstreams: { local: { dns: "l:1" } }`))
    const both = accepted(local.withPushed('v1', routing({ routes: { r: { name: 'r', forward: 'local' } } })))
    expect(refusal(both.withOwn(ownFile(controlPlane)))).toBe('routes.r.forward: there is no upstream "local", no upstream is defined')
    expect(refusal(pushed().withOwn(ownFile(`${controlPlane}routes: [ { name: catalog, respond: {} } ]`)))).toBe(
      'routes.catalog: the sidecar\'s own file has a route "catalog" already',
    )
  })
})
