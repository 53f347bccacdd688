import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../proxy/config/load.ts'
import { errorsOf, loaded, messagesOf } from './loading.ts'

const certificate = join(import.meta.dirname, '../../harness/certificates/ca.pem')
const controlPlane = (more = '') =>
  `controlPlane: { url: "https://cp:15010", token: "\${env:TOKEN}", trustBundle: ${certificate}${more} }\n`
const env = { TOKEN: 's3cret' }
const meshErrors = (text: string) => errorsOf(controlPlane() + text, env).map((line) => line.replace(/^\d+:\d+: /, ''))
const spiffe = 'a SPIFFE id such as spiffe://mesh.local/ns/shop/sa/checkout'

describe('the control plane', () => {
  test('is named with its token filled in, and is shown without it', () => {
    const { config, shown } = loaded(controlPlane(), env)
    expect(config.controlPlane).toMatchObject({ url: 'https://cp:15010', token: 's3cret', trustBundle: certificate })
    expect(shown['controlPlane']).toMatchObject({ token: '${env:TOKEN}' })
    const literal = loaded(controlPlane().replace('${env:TOKEN}', 'plain'), env).shown
    expect(literal['controlPlane']).toMatchObject({ token: '[redacted]' })
  })

  test('its files are found from the folder of the configuration', () => {
    const text = controlPlane().replace(certificate, 'ca.pem')
    const result = loadConfig({ file: join(certificate, '../tandem.yaml'), text }, [], env)
    expect(result.ok && result.config.controlPlane).toMatchObject({
      trustBundle: certificate,
      lastGood: join(certificate, '../tandem-last-good.json'),
    })
  })

  test.each([
    [
      'url: "http://cp:15010"',
      'url: found "http://cp:15010", expected an https URL of a host and a port such as https://tandem-control-plane:15010',
    ],
    [
      'url: "https://cp:15010/x"',
      'url: found "https://cp:15010/x", expected an https URL of a host and a port such as https://tandem-control-plane:15010',
    ],
    [
      'url: "https://cp:99999"',
      'url: found "https://cp:99999", expected an https URL of a host and a port such as https://tandem-control-plane:15010',
    ],
    ['trustBundle: /nowhere/ca.pem', 'trustBundle: cannot read the file /nowhere/ca.pem: it does not exist'],
    [`trustBundle: ${import.meta.filename}`, 'trustBundle: found no certificate in it, expected PEM'],
    ['token: ""', 'token: found a text, expected a text that is not empty'],
    ['lastGood: 5', 'lastGood: found the number 5, expected the path of a file'],
  ])('%s is refused', (line, message) => {
    const [key = ''] = line.split(':')
    const given = { url: '"https://cp:15010"', token: 't', trustBundle: certificate, [key]: line.slice(key.length + 1) }
    const text = `controlPlane: { ${Object.entries(given)
      .map((pair) => pair.join(': '))
      .join(', ')} }`
    expect(errorsOf(text, env).map((error) => error.replace(/^\d+:\d+: controlPlane\./, ''))).toEqual([message])
  })

  test('needs a url, a token and a trust bundle', () => {
    expect(errorsOf('controlPlane: {}')).toHaveLength(3)
  })
})

describe('an inbound listener', () => {
  const inbound = (keys: string, beside = '') => `listeners: [ { name: in, address: "127.0.0.1:1", inbound: { ${keys} }${beside} } ]`
  const rule = (keys: string) => inbound(`app: "127.0.0.1:8080", allow: [ { ${keys} } ]`)

  test('is strict unless it says otherwise, and lets everybody in without rules', () => {
    const { config } = loaded(controlPlane() + inbound('app: "127.0.0.1:8080"'), env)
    expect(config.listeners[0]?.inbound).toEqual({ app: '127.0.0.1:8080', mtls: 'strict' })
  })

  test.each([
    'from: "spiffe://mesh.local/ns/shop/sa/checkout"',
    'from: [ "spiffe://mesh.local/ns/shop/*", "spiffe://mesh.local/*" ], method: [ GET, POST ], pathPrefix: /orders',
    'method: GET',
    'path: /healthz',
  ])('takes the rule { %s }', (keys) => {
    expect(meshErrors(rule(keys))).toEqual([])
  })

  test.each([
    ['', 'listeners[0].inbound.allow[0]: found no condition, expected at least one of `from`, `method`, `path`, `pathPrefix`'],
    ['path: /a, pathPrefix: /b', 'listeners[0].inbound.allow[0].pathPrefix: found both `path` and `pathPrefix`, expected one of them'],
    ['method: get', 'listeners[0].inbound.allow[0].method: methods are case-sensitive, did you mean `GET`?'],
    ['path: /a/../b', 'listeners[0].inbound.allow[0].path: found `/a/../b`, expected it as calls are matched and sent: `/b`'],
    ['form: x', 'listeners[0].inbound.allow[0].form: unknown key, did you mean `from`?'],
  ])('refuses the rule { %s }', (keys, message) => {
    expect(meshErrors(rule(keys))).toEqual([message])
  })

  test.each([
    'mesh.local/ns/shop/sa/a',
    'spiffe://mesh.local',
    'spiffe://mesh.local/',
    'spiffe://mesh.local/ns/../sa/a',
    'spiffe://Mesh.Local/ns/a',
    'spiffe://mesh.local/ns/a*',
    'spiffe://mesh.local/*/sa/a',
    'spiffe://mesh.local:8080/ns/a',
    '*',
  ])('refuses callers named %s', (from) => {
    expect(meshErrors(rule(`from: "${from}"`))).toEqual([expect.stringContaining(`allow[0].from: found "${from}", expected ${spiffe}`)])
  })

  test('goes to its app and nowhere else', () => {
    expect(meshErrors(inbound('app: "127.0.0.1:8080"', ', host: a.internal'))).toEqual([
      'listeners[0].host: found both `inbound` and `host`: an inbound listener goes to its `app`, whatever the host',
    ])
    expect(meshErrors(inbound('app: "127.0.0.1:0"'))).toEqual(['listeners[0].inbound.app: found port 0, expected a port from 1 to 65535'])
    expect(meshErrors(inbound('mtls: strict'))).toHaveLength(1)
  })

  test('needs a control plane', () => {
    expect(messagesOf(inbound('app: "127.0.0.1:8080"'))).toEqual([
      '`inbound` needs the certificate that a control plane issues, expected `controlPlane` at the top of the file',
    ])
  })
})

describe('tls: mesh', () => {
  const upstream = (keys: string) => `upstreams: { u: { dns: "u:1", ${keys} } }`
  const identity = 'identity: "spiffe://mesh.local/ns/shop/sa/u"'

  test('goes with an identity, in whatever protocol', () => {
    expect(meshErrors(upstream(`tls: mesh, ${identity}`))).toEqual([])
    expect(meshErrors(upstream(`tls: mesh, protocol: auto, ${identity}`))).toEqual([])
  })

  test.each([
    ['tls: mesh', 'upstreams.u.tls: found `tls: mesh` without `identity`: it says who the upstream has to be'],
    [identity, 'upstreams.u.identity: goes with `tls: mesh` only'],
    [`tls: off, ${identity}`, 'upstreams.u.identity: goes with `tls: mesh` only'],
    [
      'tls: mesh, identity: "spiffe://mesh.local/ns/shop/*"',
      `upstreams.u.identity: found "spiffe://mesh.local/ns/shop/*", expected ${spiffe}`,
    ],
    [
      `tls: mehs, ${identity}`,
      expect.stringContaining('did you mean `mesh`?') as string,
      'upstreams.u.identity: goes with `tls: mesh` only',
    ],
  ])('%s is refused', (keys, ...messages) => {
    expect(meshErrors(upstream(keys))).toEqual(messages)
  })

  test('needs a control plane', () => {
    expect(messagesOf(upstream(`tls: mesh, ${identity}`))).toEqual([
      '`tls: mesh` needs the certificate that a control plane issues, expected `controlPlane` at the top of the file',
    ])
  })
})
