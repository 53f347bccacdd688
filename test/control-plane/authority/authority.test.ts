import { BasicConstraintsExtension, SubjectAlternativeNameExtension } from '../../../control-plane/authority/x509.ts'
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import { type webcrypto, X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, createServer, type PeerCertificate, type SecureContext, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { RefusedRequest } from '../../../control-plane/authority/authority.ts'
import { readSvidCertificate } from '../../../proxy/svid/certificate.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { checkout, derChain, hourMs, judge, request, startAuthority, temporaryFolder } from './test-authority.ts'

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

test('the first start makes a root, and keeps it where only this user reads it', async () => {
  const { authority, state } = await startAuthority()
  expect(modeOf(state)).toBe('700')
  for (const name of readdirSync(state)) expect(modeOf(join(state, name))).toBe('600')
  const pem = readFileSync(join(state, 'ca.pem'), 'utf8')
  expect(pem).toBe(authority.trustBundle())
  const root = new X509Certificate(pem)
  expect(root).toMatchObject({ subject: 'CN=Tandem CA', ca: true })
  expect(root.validToDate.getUTCFullYear()).toBe(2036)
  expect(root.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  expect([...(readSvidCertificate(root.raw).keyUsage ?? [])]).toEqual(['keyCertSign'])
})

test('a restart goes on with the same root', async () => {
  const first = await startAuthority()
  const { chainPem } = await first.authority.issue(await request(), checkout)
  first.close()
  const second = await startAuthority({ state: first.state, clock: first.clock })
  expect(second.authority.trustBundle()).toBe(first.authority.trustBundle())
  expect(judge(chainPem, second.authority.trustBundle(), first.clock.wall())).toHaveProperty('id')
})

test('a folder that others may read is closed to them', async () => {
  const state = temporaryFolder()
  chmodSync(state, 0o755)
  await startAuthority({ state })
  expect(modeOf(state)).toBe('700')
})

test('a certificate says who was attested, and nothing that the request asks for', async () => {
  const { authority, clock } = await startAuthority()
  const issued = await authority.issue(await requestWithNames(), checkout)
  expect(judge(issued.chainPem, authority.trustBundle(), clock.wall())).toEqual({ id: 'spiffe://mesh.test/ns/shop/sa/checkout' })
  expect(issued.spiffeId).toBe('spiffe://mesh.test/ns/shop/sa/checkout')
  const [der] = derChain(issued.chainPem)
  const leaf = readSvidCertificate(der as Buffer)
  expect(leaf).toMatchObject({ isCa: false, otherNames: 0, extendedKeyUsage: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'] })
  expect(leaf.x509.subject ?? '').toBe('')
  expect([leaf.notBefore, leaf.notAfter]).toEqual([clock.wall() - 60_000, clock.wall() + 24 * hourMs])
  expect(issued.notAfter.getTime()).toBe(leaf.notAfter)
  expect(leaf.x509.serialNumber.toLowerCase()).toBe(issued.serial)
})

test('lives of seconds are kept to', async () => {
  const { authority, clock } = await startAuthority({ ttlMs: 5_000 })
  const { notAfter } = await authority.issue(await request(), checkout)
  expect(notAfter.getTime() - clock.wall()).toBe(5_000)
})

test('nothing outlives the root', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const { authority } = await startAuthority({ clock })
  expect(authority.problem()).toBeUndefined()
  clock.advance(Date.UTC(2035, 11, 31, 12) - clock.wall())
  const { notAfter } = await authority.issue(await request(), checkout)
  expect(notAfter.toISOString()).toBe('2036-01-01T00:00:00.000Z')
  expect(authority.problem()).toContain('the certificate of the authority ends in 12 h 0 min')
  clock.advance(13 * hourMs)
  await expect(authority.issue(await request(), checkout)).rejects.toThrow('the certificate of the authority ended')
  expect(authority.problem()).toContain('ended 1 h 0 min ago: no certificate can be issued')
})

type KeyAlgorithm = webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams

async function generated(algorithm: KeyAlgorithm, changes: object = {}): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const csr = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm, ...changes })
  return csr.toString('pem')
}

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

async function requestWithNames(): Promise<string> {
  const names = new SubjectAlternativeNameExtension([
    { type: 'url', value: 'spiffe://mesh.test/ns/shop/sa/admin' },
    { type: 'dns', value: 'admin.shop' },
  ])
  return generated(p256, { name: 'CN=admin', extensions: [names, new BasicConstraintsExtension(true, undefined, true)] })
}

test('P-384 is taken too', async () => {
  const { authority, clock } = await startAuthority()
  const csr = await generated({ name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' })
  const { chainPem } = await authority.issue(csr, checkout)
  expect(judge(chainPem, authority.trustBundle(), clock.wall())).toHaveProperty('id')
})

test('requests that are broken, forged or for other keys are refused with the reason', async () => {
  const { authority } = await startAuthority()
  const good = await request()
  const rsa = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }
  const body = Buffer.from(good.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  body.writeUInt8(body.readUInt8(60) ^ 1, 60)
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${body.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  const cases: [string, string][] = [
    ['', 'not PKCS#10'],
    ['hello', 'not PKCS#10'],
    [authority.trustBundle(), 'not PKCS#10'],
    [forged, ''],
    [await generated({ name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }), 'expected a key of ECDSA P-256 or P-384'],
    [await generated(rsa), 'expected a key of ECDSA P-256 or P-384'],
    ['x'.repeat(9_000), 'larger than 8192 bytes'],
    [good.replace('REQUEST-----\n', `REQUEST-----\n${'A'.repeat(200)}`), ''],
  ]
  for (const [csr, reason] of cases) {
    const refusal = await authority.issue(csr, checkout).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(RefusedRequest)
    expect((refusal as Error).message).toContain(reason)
  }
})

test('a request whose signature belongs to another key is refused', async () => {
  const { authority } = await startAuthority()
  const [mine, other] = await Promise.all([request(), request()])
  const [stolen, others] = [mine, other].map((pem) => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')) as [Buffer, Buffer]
  // A P-256 key as SubjectPublicKeyInfo: 91 bytes that begin like this.
  const at = stolen.indexOf('3059301306072a8648ce3d', 0, 'hex')
  others.copy(stolen, at, at, at + 91)
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${stolen.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  await expect(authority.issue(pem, checkout)).rejects.toThrow('not signed with the key that it is for')
})

const damages: [string, string, RegExp][] = [
  ['authority.json', '{', /authority\.json is damaged: it is not JSON\. Put a backup in its place, or move it away: a new root/],
  ['authority.json', '{"format":2}', /authority\.json is damaged: found something else at format/],
  ['authority.json', '', /authority\.json is damaged/],
  ['tokens.json', '[]', /tokens\.json is damaged: it is not what was written\. .* every sidecar needs a new one/],
  ['tokens.json', '{"format":1,"tokens":[{"id":"x"}]}', /tokens\.json is damaged: found something else at tokens\.0/],
]
test.each(damages)('a damaged %s (%j) is refused, and what to do is said', async (name, text, message) => {
  const state = temporaryFolder()
  writeFileSync(join(state, name), text)
  await expect(startAuthority({ state })).rejects.toThrow(message)
  expect(readFileSync(join(state, name), 'utf8')).toBe(text)
})

test('a root whose key belongs to another one is damaged', async () => {
  const [one, other] = await Promise.all([startAuthority(), startAuthority()])
  one.close()
  const fileOf = (state: string) => join(state, 'authority.json')
  const documents = [one.state, other.state].map((state) => JSON.parse(readFileSync(fileOf(state), 'utf8')) as { current: { key: string } })
  const [mine, theirs] = documents as [{ current: { key: string } }, { current: { key: string } }]
  writeFileSync(fileOf(one.state), JSON.stringify({ ...mine, current: { ...mine.current, key: theirs.current.key } }))
  await expect(startAuthority({ state: one.state })).rejects.toThrow('is damaged: its key does not belong to its certificate')
})

test('what a start left behind when it was killed is cleared away', async () => {
  const state = temporaryFolder()
  writeFileSync(join(state, '.tokens.json.0123456789ab.new'), 'half')
  await startAuthority({ state })
  expect(readdirSync(state)).not.toContain('.tokens.json.0123456789ab.new')
})

test('a line of the audit log that was cut off does not spoil the next one', async () => {
  const { state, close, certificateEndpoint } = await startAuthority()
  const ask = async (endpoint: typeof certificateEndpoint) =>
    endpoint({ body: Buffer.from(JSON.stringify({ csr: await request() })), attested: checkout, from: '10.0.0.9' })
  await ask(certificateEndpoint)
  close()
  const file = join(state, 'audit.log')
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20))
  const again = await startAuthority({ state })
  await ask(again.certificateEndpoint)
  const [cut, next, ...more] = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(() => JSON.parse(cut ?? '') as unknown).toThrow('JSON')
  expect(JSON.parse(next ?? '')).toMatchObject({ event: 'issued' })
  expect(more).toEqual([])
})

test('a state folder that cannot be had is named', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  await expect(startAuthority({ state: join(folder, 'file', 'state') })).rejects.toThrow('choose one that this user owns')
  mkdirSync(join(folder, 'state', 'tokens.json'), { recursive: true })
  await expect(startAuthority({ state: join(folder, 'state') })).rejects.toThrow('cannot read')
})

test('the config port has a certificate for its names, TLS 1.3 only', async () => {
  const clock = new ManualClock(Date.now())
  const { authority } = await startAuthority({ clock, hosts: ['mesh.example', '10.1.2.3'], namespace: 'tandem' })
  const { peer, protocol } = await handshake(() => authority.serverContext(), authority.trustBundle())
  expect(protocol).toBe('TLSv1.3')
  const names = peer.subjectaltname ?? ''
  for (const name of ['localhost', 'tandem-control-plane', 'tandem-control-plane.tandem.svc', 'mesh.example'])
    expect(names).toContain(`DNS:${name}`)
  for (const address of ['127.0.0.1', '0:0:0:0:0:0:0:1', '10.1.2.3']) expect(names).toContain(`IP Address:${address}`)
})

test('the certificate of the config port is renewed at half of its life', async () => {
  const clock = new ManualClock()
  const { authority } = await startAuthority({ clock })
  const first = authority.serverContext()
  expect(authority.serverContext()).toBe(first)
  clock.advance(12 * hourMs)
  await expect.poll(() => authority.serverContext()).not.toBe(first)
})

/** @returns what a client sees that trusts this bundle. */
async function handshake(secureContext: () => SecureContext, ca: string): Promise<{ peer: PeerCertificate; protocol: string | null }> {
  const server = createServer({ SNICallback: (_, done) => done(null, secureContext()) })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const socket: TLSSocket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername: 'localhost', ca })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const seen = { peer: socket.getPeerCertificate(), protocol: socket.getProtocol() }
  socket.destroy()
  return seen
}
