import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadControlPlane } from '../../../control-plane/config/load.ts'
import { readOverrides } from '../../../control-plane/config/overrides.ts'
import { formatConfigErrors } from '../../../proxy/config/config-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'tandem-control-plane-config-'))
const file = join(folder, 'control-plane.yaml')
mkdirSync(join(folder, 'routing'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const least = 'trustDomain: mesh.local\nsource: { folder: ./routing }\n'

function load(text: string, env: Record<string, string> = {}, flags: Record<string, string> = {}) {
  return loadControlPlane({ file, text }, readOverrides(env, flags), env)
}

function configOf(...args: Parameters<typeof load>) {
  const result = load(...args)
  if (!result.ok) throw new Error(formatConfigErrors(result.errors))
  return result.config
}

function errorsOf(...args: Parameters<typeof load>): string {
  const result = load(...args)
  return result.ok ? '' : formatConfigErrors(result.errors).replaceAll(`${folder}/`, '')
}

describe('control-plane.yaml', () => {
  test('needs a trust domain and a source, and has a default for the rest', () => {
    expect(configOf(least)).toEqual({
      trustDomain: 'mesh.local',
      state: join(folder, 'tandem-state'),
      listen: { config: '0.0.0.0:15010', metrics: '0.0.0.0:15014', console: '127.0.0.1:15080' },
      source: { folder: join(folder, 'routing') },
      push: { debounce: 100, rollout: 'all' },
      authority: { ttl: 86_400_000, overlap: 3_600_000, hosts: [] },
    })
  })

  test('every default is fresh, so that nothing is shared between two configurations', () => {
    expect(configOf(least).authority.hosts).not.toBe(configOf(least).authority.hosts)
  })

  test('tells all that is wrong at once, each with its place', () => {
    const errors = errorsOf(
      'trustDomain: Mesh Local\nsorce: { folder: ./routing }\nlisten: { console: 7, metrics: "x" }\npush: { rollout: canari }\n',
    )
    expect(errors.split('\n')).toEqual([
      expect.stringMatching(/^control-plane\.yaml:1:14: trustDomain: .*expected a trust domain/),
      expect.stringMatching(/^control-plane\.yaml:2:1: sorce: unknown key, did you mean `source`\?/),
      expect.stringMatching(/^control-plane\.yaml:3:20: listen\.console: /),
      expect.stringMatching(/^control-plane\.yaml:3:32: listen\.metrics: .*expected an address/),
      expect.stringMatching(/^control-plane\.yaml:4:18: push\.rollout: .*did you mean `canary`\?/),
    ])
  })

  test.each([
    ['a folder that is not there', 'trustDomain: a\nsource: { folder: ./nowhere }', 'source.folder: there is no folder nowhere'],
    ['a source of a later version', 'trustDomain: a\nsource: { kubernetes: {} }', '`kubernetes` is not supported yet'],
    [
      'two addresses that are one',
      `${least}listen: { config: "1.2.3.4:80", metrics: "1.2.3.4:80" }`,
      'the address is taken by `listen.config`',
    ],
    ['a certificate without its key', `${least}authority: { cert: control-plane.yaml }`, '`key` is missing'],
    ['a key without its certificate', `${least}authority: { key: k.pem, chain: c.pem }`, 'authority.chain: `cert` is missing'],
    [
      'a certificate that is not there',
      `${least}authority: { cert: a.pem, key: b.pem }`,
      'authority.key: cannot read the file b.pem: it does not exist',
    ],
    ['a life of a certificate that is none', `${least}authority: { ttl: 10ms }`, 'authority.ttl: expected at least 1s'],
    ['a console for everybody without a token', `${least}listen: { console: "0.0.0.0:15080" }`, 'set `operatorToken`'],
    ['a console under a name that others may have', `${least}listen: { console: "host:15080" }`, 'set `operatorToken`'],
    ['a token that can be guessed', `${least}operatorToken: secret`, 'operatorToken: the secret is too short'],
    ['a token that no header can carry', `${least}operatorToken: "0123456789 abcdefgh"`, 'cannot stand in a header field'],
  ])('refuses %s', (_, text, message) => {
    expect(errorsOf(text)).toContain(message)
  })

  test('a console for everybody needs a token, which may stand elsewhere', () => {
    writeFileSync(join(folder, 'token'), '0123456789abcdef\n')
    const open = `${least}listen: { console: "0.0.0.0:15080" }\n`
    expect(configOf(`${open}operatorToken: "\${file:./token}"`).operatorToken).toBe('0123456789abcdef')
    expect(configOf(`${open}operatorToken: "\${env:T}"`, { T: 'abcdefghijklmnop' }).operatorToken).toBe('abcdefghijklmnop')
    expect(configOf(open, { TANDEM_OPERATOR_TOKEN: 'abcdefghijklmnop' }).operatorToken).toBe('abcdefghijklmnop')
  })

  test('no error repeats the token', () => {
    expect(errorsOf(`${least}operatorToken: [hush-hush]`)).not.toContain('hush')
    expect(errorsOf(`${least}operatorToken: hush-hush`)).not.toContain('hush')
  })
})

describe('flags and variables', () => {
  test('a flag goes before its variable, and that before the file', () => {
    const text = `${least}listen: { console: "127.0.0.1:1" }`
    const env = { TANDEM_CONSOLE_ADDRESS: '127.0.0.1:2', TANDEM_TRUST_DOMAIN: 'other.local' }
    expect(configOf(text, env, { 'console-address': '127.0.0.1:3' })).toMatchObject({
      trustDomain: 'other.local',
      listen: { console: '127.0.0.1:3' },
    })
    expect(configOf(text, env).listen.console).toBe('127.0.0.1:2')
  })

  test('an error in one names it', () => {
    expect(errorsOf(least, { TANDEM_PUSH_ROLLOUT: 'slowly' })).toMatch(/^TANDEM_PUSH_ROLLOUT: push\.rollout: /)
    expect(errorsOf(least, {}, { 'authority-ttl': 'long' })).toMatch(/^--authority-ttl: authority\.ttl: /)
  })

  test('a path starts from where the shell is, one in the file from where the file is', () => {
    expect(configOf(least, {}, { state: 'here' }).state).toBe(join(process.cwd(), 'here'))
    expect(configOf(`${least}state: there`).state).toBe(join(folder, 'there'))
  })
})
