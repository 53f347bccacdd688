/**
 * Both charts through Helm 4: they lint, they render what was agreed on, Kubernetes takes it, and wrong values are refused with their place.
 */
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadControlPlane } from '../../control-plane/config/load.ts'
import { golden } from '../harness/golden.ts'
import {
  type Chart,
  chartFolder,
  conforms,
  fileIn,
  helm,
  manifestsOf,
  notes,
  refusal,
  rendered,
  temporaryFolder,
  values,
  valuesFile,
} from './helm.ts'

const image = ['--set', 'image.repository=registry.test/tandem']

interface Rendering {
  readonly chart: Chart
  /** Of the golden. */
  readonly name: string
  readonly flags: readonly string[]
}

const renderings: Rendering[] = [
  { chart: 'tandem', name: 'tandem-default', flags: image },
  { chart: 'tandem', name: 'tandem-shop', flags: [...image, ...valuesFile('examples/shop/control-plane.yaml')] },
  {
    chart: 'tandem',
    name: 'tandem-throwaway',
    flags: [...image, '--set', 'state.volume=emptyDir', '--set', 'serviceAccount.create=false'],
  },
  { chart: 'tandem', name: 'tandem-operators', flags: valuesFile('test/peers/values/tandem-operators.yaml') },
  { chart: 'tandem', name: 'tandem-everything', flags: valuesFile('test/peers/values/tandem-everything.yaml') },
  { chart: 'tandem-routes', name: 'tandem-routes-default', flags: [] },
  { chart: 'tandem-routes', name: 'tandem-routes-shop', flags: valuesFile('examples/shop/routes.yaml') },
  {
    chart: 'tandem-routes',
    name: 'tandem-routes-production',
    flags: [...valuesFile('examples/shop/routes.yaml'), ...valuesFile('test/peers/values/routes-production.yaml')],
  },
]

describe.each(renderings)('$name', ({ chart, name, flags }) => {
  test('lints without a warning', async () => {
    const { code, said } = await helm('lint', '--strict', chartFolder(chart), ...flags)
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('1 chart(s) linted, 0 chart(s) failed') })
    expect(said).not.toContain('[WARNING]')
  })

  test('renders as it did', async () => {
    const manifests = await rendered(chart, 'shop', flags)
    expect(manifests).toBe(golden(`charts/${name}.yaml`, manifests))
  })

  test('is what Kubernetes takes', async () => {
    const manifests = await rendered(chart, 'shop', flags)
    const { code, said } = await conforms(manifests)
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('Invalid: 0, Errors: 0, Skipped: 0') })
    expect(said).toContain(`Valid: ${manifestsOf(manifests).length},`)
  })
})

test('kubeconform would have said so', async () => {
  const manifests = await rendered('tandem', 'shop', image)
  const { code, said } = await conforms(manifests.replace('replicas: 1', 'replicaz: 1'))
  expect(code).not.toBe(0)
  expect(said).toContain('replicaz')
})

describe('the file of the control plane', () => {
  test.each(renderings.filter(({ chart }) => chart === 'tandem'))('is one that it takes ($name)', async ({ flags }) => {
    const folder = await temporaryFolder()
    const parts = ['intermediate.crt', 'intermediate.key', 'root.crt', 'tls.crt', 'tls.key', 'ca.crt']
    for (const part of parts) await writeFile(join(folder, part), 'PEM')
    for (const key of ['token', 'operator']) await writeFile(join(folder, key), 'a-token-of-the-operator')
    const text = fileIn(await rendered('tandem', 'shop', flags), 'control-plane.yaml').replaceAll(/\/etc\/tandem\/\w+/g, folder)
    expect(loadControlPlane({ file: 'control-plane.yaml', text })).toMatchObject({ ok: true })
  })

  test('says what the values say', async () => {
    const file = parse(
      fileIn(await rendered('tandem', 'shop', valuesFile('test/peers/values/tandem-everything.yaml')), 'control-plane.yaml'),
    ) as unknown
    expect(file).toMatchObject({
      trustDomain: 'shop.example',
      push: { debounce: '250ms', rollout: 'canary' },
      authority: {
        ttl: '12h',
        overlap: '30m',
        cert: '/etc/tandem/authority/intermediate.crt',
        key: '/etc/tandem/authority/intermediate.key',
        chain: '/etc/tandem/authority/root.crt',
        hosts: [
          'mesh-control',
          'mesh-control.tandem-system',
          'mesh-control.tandem-system.svc',
          'mesh-control.tandem-system.svc.cluster.example',
          'control.shop.example',
          '10.0.0.9',
        ],
      },
    })
  })
})

describe('what routing says', () => {
  test('goes through unchanged: templates, placeholders and everything that YAML could take for something else', async () => {
    const routing = {
      upstreams: { a: { endpoints: ['127.0.0.1:1'], tls: { ca: '-----BEGIN\n\n  {{ nothing }}\n-----END\n\n' } } },
      routes: [
        {
          name: '0x10',
          match: {
            headers: {
              a: 'yes',
              b: '0o17',
              c: '1_000',
              d: '1e3',
              e: '~',
              f: '12:30:45',
              g: '',
              h: ' ',
              i: '# no comment',
              j: '2026-11-23',
            },
          },
          respond: {
            headers: { 'x-template': '{{ .Release.Name }}', 'x-secret': 'Bearer ${env:KEY} ${file:/run/key}' },
            body: 'a: "b"\n\ttab\r\n{{- fail "no" }}\né😀 <&> \\ \'\n',
          },
        },
        {
          name: 'split',
          split: [
            { upstream: 'a', weight: 1_000_000, body: '{ "n": $x.{"y": `z`} }' },
            { upstream: 'a', weight: 0 },
          ],
        },
        { name: 'mirror', forward: 'a', mirror: [{ upstream: 'a', percent: 0.1 }] },
        { name: 'last', respond: { body: 'ends with empty lines\n\n' } },
      ],
      listeners: [],
    }
    expect(parse(fileIn(await rendered('tandem-routes', 'hostile', await values(routing)), 'routing.yaml'))).toEqual(routing)
  })

  test('names upstreams of several values files together, and replaces lists', async () => {
    const base = await values({ upstreams: { a: { dns: 'a:1' }, b: { dns: 'b:1' } }, routes: [{ name: 'one', forward: 'a' }] })
    const overlay = await values({ upstreams: { b: { dns: 'b:2', protocol: 'http2' } }, routes: [{ name: 'two', forward: 'b' }] })
    expect(parse(fileIn(await rendered('tandem-routes', 'shop', [...base, ...overlay]), 'routing.yaml'))).toEqual({
      upstreams: { a: { dns: 'a:1' }, b: { dns: 'b:2', protocol: 'http2' } },
      routes: [{ name: 'two', forward: 'b' }],
      listeners: [],
    })
  })

  test('may be part of a chart of the team', async () => {
    const folder = await temporaryFolder()
    const dependency = { name: 'tandem-routes', version: '0.1.0', repository: '' }
    await writeFile(
      join(folder, 'Chart.yaml'),
      JSON.stringify({ apiVersion: 'v2', name: 'shop', version: '1.0.0', dependencies: [dependency] }),
    )
    await writeFile(
      join(folder, 'values.yaml'),
      JSON.stringify({ global: { region: 'eu' }, 'tandem-routes': { routes: [{ name: 'one', forward: 'a' }] } }),
    )
    await cp(chartFolder('tandem-routes'), join(folder, 'charts', 'tandem-routes'), { recursive: true })
    const { said } = await helm('template', 'shop', folder)
    expect(parse(fileIn(said, 'routing.yaml'))).toMatchObject({ routes: [{ name: 'one', forward: 'a' }] })
  })

  test('has the label that the control plane is told to look for, whatever labels are added', async () => {
    const flags = await values({ configMap: { name: 'team-a', labels: { team: 'a', 'tandem.mesh/routing': 'false' } } })
    const [configMap] = manifestsOf(await rendered('tandem-routes', 'shop', flags))
    expect(configMap?.metadata).toMatchObject({ name: 'team-a', labels: { team: 'a', 'tandem.mesh/routing': 'true' } })
  })

  test('with line breaks that YAML does not keep is refused', async () => {
    const routes = [{ name: 'a', respond: { body: 'one\u2028two' } }]
    expect(await refusal('tandem-routes', await values({ routes }))).toContain('a text has the line break')
  })

  test('that no ConfigMap can hold is refused', async () => {
    const routes = Array.from({ length: 11_000 }, (_, index) => ({
      name: `route-${index}`,
      match: { path: `/${'x'.repeat(40)}` },
      forward: 'a',
    }))
    expect(await refusal('tandem-routes', await values({ routes }))).toContain('a ConfigMap takes 1 MiB')
  })
})

describe('wrong values are refused with their place', () => {
  const route = (more: object) => ({ routes: [{ name: 'one', ...more }] })
  const identity = (id: string) => ({ upstreams: { a: { dns: 'a:1', tls: 'mesh', identity: id } } })
  const allowing = (from: string) => ({
    listeners: [{ name: 'inbound', address: '127.0.0.1:1', inbound: { app: '127.0.0.1:2', allow: [{ from }] } }],
  })
  const routing: readonly (readonly [string, object, readonly string[]])[] = [
    ['a misspelt key', { route: [] }, ["additional properties 'route' not allowed"]],
    ['a misspelt key of a route', route({ forwards: 'a' }), ["/routes/0'", "additional properties 'forwards' not allowed"]],
    ['a weight as text', route({ split: [{ upstream: 'a', weight: '90' }] }), ["/routes/0/split/0/weight'", 'got string, want integer']],
    ['a weight with a fraction', route({ split: [{ upstream: 'a', weight: 0.5 }] }), ["/routes/0/split/0/weight'"]],
    ['a duration without a unit', route({ timeout: '3' }), ["/routes/0/timeout'", 'does not match pattern']],
    ['a duration as a number', route({ timeout: 3 }), ["/routes/0/timeout'", 'got number, want string']],
    ['a percentage above 100', route({ forward: 'a', mirror: [{ upstream: 'a', percent: 101 }] }), ["/routes/0/mirror/0/percent'"]],
    ['a route without a name', { routes: [{ forward: 'a' }] }, ["/routes/0'", "missing property 'name'"]],
    ['a map in place of a list', { routes: { one: {} } }, ["/routes'", 'got object, want array']],
    ['a name that is none', { upstreams: { 'a b': { dns: 'a:1' } } }, ["/upstreams'", "additional properties 'a b' not allowed"]],
    ['an address without a port', { upstreams: { a: { dns: 'a' } } }, ["/upstreams/a/dns'"]],
    ['an address with a space that only Unicode knows', { upstreams: { a: { dns: 'a\u00a0b:1' } } }, ["/upstreams/a/dns'"]],
    ['an identity that climbs', identity('spiffe://mesh.local/ns/shop/../ops/sa/a'), ["/upstreams/a/identity'", 'does not match pattern']],
    ['an identity that stands still', identity('spiffe://mesh.local/ns/./sa/a'), ["/upstreams/a/identity'"]],
    ['an identity that ends in two dots', identity('spiffe://mesh.local/ns/shop/..'), ["/upstreams/a/identity'"]],
    ['a caller that climbs', allowing('spiffe://mesh.local/ns/../*'), ["/listeners/0/inbound/allow/0/from'"]],
    ['a misspelt selector', { for: { nameSpace: 'shop' } }, ["/for'", "additional properties 'nameSpace' not allowed"]],
    ['a selector as text', route({ for: 'shop' }), ["/routes/0/for'", 'got string, want object']],
    ['a selector that selects nothing', route({ for: {} }), ["/routes/0/for'", 'minProperties: got 0, want 1']],
    ['bootstrap keys, which are no routing', { admin: { address: '127.0.0.1:1' } }, ["additional properties 'admin' not allowed"]],
  ]
  test.each(routing)('tandem-routes: %s', async (_, content, words) => {
    const said = await refusal('tandem-routes', await values(content))
    for (const word of words) expect(said).toContain(word)
  })

  const named = { image: { repository: 'registry.test/tandem' } }
  const installing: readonly (readonly [string, object, string])[] = [
    ['no image', {}, 'image.repository: name the image of the control plane'],
    ['a misspelt key', { ...named, replica: 2 }, "additional properties 'replica' not allowed"],
    ['a rollout that is not there', { ...named, push: { rollout: 'blue' } }, "'/push/rollout'"],
    ['a second replica', { ...named, replicas: 2 }, "'/replicas': value must be one of 0, 1"],
    ['a trust domain in capitals', { ...named, trustDomain: 'Mesh.Local' }, "'/trustDomain'"],
    ['a claim without a name', { ...named, state: { volume: 'existingClaim' } }, 'state.claimName:'],
    ['a console for everybody', { ...named, console: { exposed: true } }, 'console.operatorToken.secret: console.exposed is true'],
    ['a program that runs as root', { ...named, runAsUser: 0 }, "'/runAsUser'"],
    [
      'a key that leads out of its folder',
      { ...named, console: { operatorToken: { secret: 's', key: '../a' } } },
      "'/console/operatorToken/key'",
    ],
    ['a ConfigMap named like a path', { ...named, routing: { configMaps: ['../etc'] } }, "'/routing/configMaps/0'"],
  ]
  test.each(installing)('tandem: %s', async (_, content, words) => {
    expect(await refusal('tandem', await values(content))).toContain(words)
  })
})

describe('what the notes say', () => {
  test('where the control plane is, and that it has no routing yet', async () => {
    const said = await notes('tandem', 'mesh', image)
    expect(said).toContain('https://mesh-control-plane.tandem-system.svc:15010')
    expect(said).toContain('no routing to push yet')
    expect(said).not.toContain('WARNING')
  })

  test('what is lost with an emptyDir', async () => {
    expect(await notes('tandem', 'mesh', [...image, '--set', 'state.volume=emptyDir'])).toContain('WARNING: its state is on an emptyDir')
  })

  test('how operators show who they are', async () => {
    const said = await notes('tandem', 'mesh', valuesFile('test/peers/values/tandem-operators.yaml'))
    expect(said).toContain('Its API is at http://mesh-control-plane.tandem-system.svc:15080')
    expect(said).toContain(`get secret tandem-operator -o go-template='{{ index .data "token" | base64decode }}'`)
    expect(await notes('tandem', 'mesh', image)).toContain('whoever may forward a port is an operator')
  })

  test('which ConfigMap the control plane has to name', async () => {
    const said = await notes('tandem-routes', 'shop', valuesFile('examples/shop/routes.yaml'))
    expect(said).toContain('4 routes, 4 upstreams, 1 listeners')
    expect(said).toContain('configMaps: [shop]')
  })
})
