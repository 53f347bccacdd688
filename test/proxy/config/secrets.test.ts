import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatConfigErrors, loadConfig, type LoadResult } from '../../../proxy/config/load.ts'
import { errorsOf, loaded, messagesOf, withRoute, withUpstream } from './loading.ts'

const env = { KEY: 's3cret', EMPTY: '', BREAK: 'a\nb' }

const setting = (value: string) => withRoute(`forward: { upstream: a, headers: { set: { authorization: "${value}" } } }`)

const pem = (name: string) => new URL(`credentials/${name}`, import.meta.url).pathname

function headersOf(result: LoadResult): unknown {
  if (!result.ok) throw new Error(formatConfigErrors(result.errors))
  const forward = result.config.routes[0]?.forward
  return typeof forward === 'object' ? forward.headers?.set : undefined
}

describe('secrets from variables', () => {
  test('are filled into header values, several in one text and beside other words', () => {
    expect(headersOf(loaded(setting('Bearer ${env:KEY} ${env:KEY}${env:EMPTY}.'), env))).toEqual({ authorization: 'Bearer s3cret s3cret.' })
  })

  test('never show: what is shown is the text as it was written', () => {
    const { shown } = loaded(setting('Bearer ${env:KEY}'), env)
    expect(JSON.stringify(shown)).toContain('Bearer ${env:KEY}')
    expect(JSON.stringify(shown)).not.toContain('s3cret')
  })

  test('must be set, and the place says where', () => {
    expect(errorsOf(setting('${env:NOPE}'), env)).toEqual([
      '3:73: routes[0].forward.headers.set.authorization: the environment variable `NOPE` is not set',
    ])
  })

  test.each(['${KEY}', '${env:}', '${env:KEY', '${ENV:KEY}', '${vault:KEY}'])('%s is refused by what it should be', (value) => {
    expect(messagesOf(setting(value), env)).toEqual([`found \`${value}\`, expected \`\${env:NAME}\` or \`\${file:PATH}\``])
  })

  test('may not bring a line break into a header, and the message does not show it', () => {
    expect(messagesOf(setting('x ${env:BREAK}'), env)).toEqual([
      'the secret has a control character or one beyond Latin-1, which no header value may contain',
    ])
  })

  test('are filled into headers that are added, answered with and compensated with', () => {
    const add = loaded(withRoute('forward: { upstream: a, headers: { add: { x: "${env:KEY}" } } }'), env)
    expect(add.config.routes[0]?.forward).toMatchObject({ headers: { add: { x: 's3cret' } } })
    const respond = loaded(withRoute('respond: { headers: { x: "${env:KEY}" } }'), env)
    expect(respond.config.routes[0]?.respond?.headers).toEqual({ x: 's3cret' })
    const compensate = loaded(withRoute('fanout: { to: [ { upstream: a, compensate: { headers: { set: { x: "${env:KEY}" } } } } ] }'), env)
    expect(compensate.config.routes[0]?.fanout?.to[0]?.compensate?.headers?.set).toEqual({ x: 's3cret' })
  })
})

describe('a placeholder elsewhere', () => {
  const where =
    'found `${`, which may only be used in header values (`headers.set`, `headers.add`, `respond.headers`) and credentials (such as `tls.key` and tokens)'

  test.each([
    ['node: { id: "${env:KEY}" }'],
    ['admin: { address: "${env:KEY}:80" }'],
    ['accessLog: { to: "${env:KEY}" }'],
    ['node: { id: "${anything}" }'],
    [withRoute('forward: { upstream: a, host: "${env:KEY}" }')],
    [withRoute('respond: { body: "${env:KEY}" }')],
    [withRoute('forward: { upstream: a, body: \'{ "a": "${env:KEY}" }\' }')],
    [withRoute('forward: a, match: { headers: { x: "${env:KEY}" } }')],
  ])('%s is refused and told where it may stand', (text) => {
    expect(messagesOf(text, env)).toEqual([where])
  })

  test.each([
    [withRoute('respond: { body: "Hello ${name}" }')],
    [withRoute('forward: { upstream: a, body: \'${ "a": b }\' }')],
    [withRoute('forward: a, match: { pathRegex: "/a${1}" }')],
  ])('%s is left alone: there it is a language of its own', (text) => {
    expect(messagesOf(text)).toEqual([])
  })
})

describe('what is shown', () => {
  test('has no literal credentials', () => {
    const { shown } = loaded(
      withRoute('forward: { upstream: a, headers: { set: { Authorization: s3cret, cookie: s3cret, x-tenant: acme } } }'),
    )
    expect(JSON.stringify(shown)).not.toContain('s3cret')
    expect(JSON.stringify(shown)).toContain('acme')
  })

  test('has no password of a collector', () => {
    expect(loaded('tracing: { otlp: "https://user:pw@collector:4318" }').shown['tracing']).toMatchObject({
      otlp: 'https://[redacted]@collector:4318',
    })
  })
})

describe('files', () => {
  let folder = ''
  const load = (text: string) => loadConfig({ file: join(folder, 'tandem.yaml'), text }, [], env)
  const messages = (text: string) => {
    const result = load(text)
    return result.ok ? [] : result.errors.map((error) => error.message)
  }

  const tlsMessages = (keys: string) => messages(withUpstream(`dns: "a:1", tls: { ${keys} }`))

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-secrets-'))
    writeFileSync(join(folder, 'token'), 's3cret\n')
    writeFileSync(join(folder, 'two-lines'), 'a\n\n')
    writeFileSync(join(folder, 'large'), Buffer.alloc(1024 ** 2 + 1))
    writeFileSync(join(folder, 'garbage.pem'), 'no certificate')
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  test('are found beside the configuration, and lose the newline at their end', () => {
    expect(headersOf(load(setting('Bearer ${file:token}')))).toEqual({ authorization: 'Bearer s3cret' })
    expect(headersOf(load(setting(`\${file:${join(folder, 'token')}}`)))).toEqual({ authorization: 's3cret' })
  })

  test('lose one newline only: a second one is not meant to be there', () => {
    expect(messages(setting('${file:two-lines}'))).toHaveLength(1)
  })

  test('must be readable, regular and small', () => {
    expect(messages(setting('${file:nope}'))).toEqual([`cannot read the file ${join(folder, 'nope')}: it does not exist`])
    expect(messages(setting('${file:.}'))).toEqual([`cannot read the file ${folder}: it is not a regular file`])
    expect(messages(setting('${file:/dev/zero}'))).toEqual(['cannot read the file /dev/zero: it is not a regular file'])
    expect(messages(setting('${file:large}'))).toEqual([`cannot read the file ${join(folder, 'large')}: it is larger than 1MiB`])
  })

  test('of TLS credentials become absolute paths, and a key never shows', () => {
    const result = load(withUpstream(`dns: "a:1", tls: { ca: "${pem('one.crt')}", cert: "${pem('one.crt')}", key: "${pem('one.key')}" }`))
    if (!result.ok) throw new Error(formatConfigErrors(result.errors))
    expect(result.config.upstreams['u']?.tls).toEqual({ ca: pem('one.crt'), cert: pem('one.crt'), key: pem('one.key') })
    expect(result.shown['upstreams']).toMatchObject({ u: { tls: { key: '[redacted]' } } })
  })

  test('of TLS credentials may be filled in as PEM text, which never shows', () => {
    const result = load(withUpstream(`dns: "a:1", tls: { cert: "\${file:${pem('one.crt')}}", key: "\${file:${pem('one.key')}}" }`))
    if (!result.ok) throw new Error(formatConfigErrors(result.errors))
    expect(JSON.stringify(result.config)).toContain('BEGIN PRIVATE KEY')
    expect(JSON.stringify(result.shown)).not.toContain('BEGIN')
  })

  test('of TLS credentials are read once to see that they are what they should be', () => {
    expect(tlsMessages('ca: nope.pem')).toEqual([`cannot read the file ${join(folder, 'nope.pem')}: it does not exist`])
    expect(tlsMessages('ca: garbage.pem')).toEqual(['found no certificate in it, expected PEM'])
    expect(tlsMessages(`cert: "${pem('one.key')}", key: "${pem('one.key')}"`)).toEqual(['found no certificate in it, expected PEM'])
    expect(tlsMessages(`cert: "${pem('one.crt')}", key: "${pem('other.key')}"`)).toEqual([
      'expected the unencrypted private key of `cert`, in PEM',
    ])
  })
})
