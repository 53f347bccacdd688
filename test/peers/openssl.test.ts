import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ControlPlaneProcess } from '../harness/control-plane-process.ts'
import { extendedKeyUsage, KeyUsageFlags, type SvidChanges, TestAuthority } from '../harness/mesh-identity.ts'
import { type MeshProcesses, spawnMesh } from '../harness/mesh-processes.ts'
import { startOrigin } from '../harness/origin.ts'
import { openssl, type Presented, sClient } from './s-client.ts'

const get = 'GET /stock HTTP/1.1\r\nHost: inventory.shop\r\nConnection: close\r\n\r\n'
const hourMs = 3_600_000
const signing = KeyUsageFlags.digitalSignature

/** Each is good but for this; both doors refuse it for this reason. */
const bad: readonly (readonly [name: string, changes: SvidChanges, reason: string])[] = [
  ['expired', { validFromMs: -2 * hourMs }, 'expired at'],
  ['not valid yet', { validFromMs: hourMs }, 'is not valid before'],
  ['of another trust domain', { uris: ['spiffe://bank.example/ns/shop/sa/checkout'] }, 'is of another trust domain, expected mesh.local'],
  [
    'with two URI names',
    { uris: ['spiffe://mesh.local/ns/shop/sa/checkout', 'spiffe://mesh.local/ns/shop/sa/admin'] },
    'has 2 URI names, expected exactly one',
  ],
  ['with a DNS name only', { uris: [], dns: ['checkout.shop'] }, 'has no SPIFFE id, only other names'],
  ['without any name', { uris: [] }, 'has no SPIFFE id"'],
  ['of an authority', { ca: true, keyUsages: signing | KeyUsageFlags.keyCertSign }, 'CA:TRUE'],
  ['with the key usage of an authority', { keyUsages: signing | KeyUsageFlags.keyCertSign }, 'has the key usage keyCertSign'],
  ['that may not sign', { keyUsages: KeyUsageFlags.keyEncipherment }, 'lacks the key usage digitalSignature'],
  ['for servers only', { extendedKeyUsages: [extendedKeyUsage.server] }, 'lacks the extended key usage clientAuth'],
]

async function start() {
  const app = await startOrigin((response, { headers }) => response.end(`called by ${String(headers['x-forwarded-client-cert'])}`))
  const mesh = await spawnMesh(app.address)
  const ca = await readFile(join(mesh.controlPlane.folder, 'tandem-state', 'ca.pem'), 'utf8')
  return { ...mesh, ca, root: await rootOf(mesh.controlPlane), config: Number(mesh.controlPlane.address('config').split(':')[1]) }
}

/** The mesh's own root, with its key: what it signs differs from a good certificate in nothing but what the test says. */
async function rootOf({ folder }: ControlPlaneProcess): Promise<TestAuthority> {
  const state = JSON.parse(await readFile(join(folder, 'tandem-state', 'authority.json'), 'utf8')) as {
    current: { cert: string; key: string }
  }
  return TestAuthority.of(state.current.cert, state.current.key)
}

/** A key and a certificate that the control plane issues for it, all by openssl. */
async function enrolled({ controlPlane, ca, config }: MeshProcesses & { ca: string; config: number }): Promise<Presented> {
  const keyFile = join(controlPlane.folder, 'openssl.key')
  const { answer: csr } = await openssl(
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-noenc',
    '-keyout',
    keyFile,
    '-subj',
    '/CN=whatever',
  )
  const { stdout: token } = await controlPlane.ctl('token', 'create', '--namespace', 'shop', '--account', 'checkout')
  const body = JSON.stringify({ csr })
  const head = `POST /v1/certificate HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token.trim()}\r\nContent-Length: ${body.length}\r\n\r\n`
  const { answer } = await sClient(config, head + body, ca, {}, ['-verify_hostname', 'localhost'])
  const issued = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { chain: string }
  return { cert: issued.chain, key: await readFile(keyFile, 'utf8') }
}

describe('openssl s_client at the inbound listener', () => {
  test('with a certificate that the control plane has issued it is let in, by TLS 1.3, and the app is told who called', async () => {
    const mesh = await start()
    const { answer, said } = await sClient(mesh.inbound, get, mesh.ca, await enrolled(mesh))
    expect(said).toContain('Protocol version: TLSv1.3')
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*called by By=[^;]+;Hash=[0-9a-f]{64};URI=spiffe:\/\/mesh\.local\/ns\/shop\/sa\/checkout$/)
    expect(answer + said).not.toContain('New Session Ticket')
  })

  test('with TLS 1.2, without a certificate, or with one of another root it is not', async () => {
    const { inbound, ca, root, callee } = await start()
    const good = await root.issue('checkout')
    const old = await sClient(inbound, get, ca, good, ['-tls1_2'])
    expect([old.answer, old.said]).toEqual(['', expect.stringContaining('alert protocol version')])
    await callee.said('the TLS handshake failed: unsupported protocol')
    expect((await sClient(inbound, get, ca)).answer).toBe('')
    await callee.said('the caller presented no certificate')
    const stranger = await TestAuthority.create()
    expect((await sClient(inbound, get, ca, await stranger.issue('checkout'))).answer).toBe('')
    await callee.said('does not lead to a root of the trust bundle')
    expect((await sClient(inbound, get, ca, good)).answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('with a certificate that is bad in any one way it is not, and the log says in which', async () => {
    const { inbound, ca, root, callee } = await start()
    for (const [, changes, reason] of bad) {
      const { answer } = await sClient(inbound, get, ca, await root.issue('checkout', changes))
      expect({ reason, answer }).toEqual({ reason, answer: '' })
      expect(await callee.said(reason)).toContain('a caller was not let in')
    }
  })
})

describe('openssl s_client at the config port', () => {
  const stream = 'POST /v1/config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n'

  test('with a certificate that the control plane has issued it is known, by TLS 1.3 only', async () => {
    const mesh = await start()
    const own = await enrolled(mesh)
    const { answer, said } = await sClient(mesh.config, stream, mesh.ca, own, ['-verify_hostname', 'tandem-control-plane'])
    expect(said).toContain('Protocol version: TLSv1.3')
    expect(answer).toMatch(/^HTTP\/1\.1 426 [^]*the config stream needs HTTP\/2/)
    const old = await sClient(mesh.config, stream, mesh.ca, own, ['-tls1_2'])
    expect([old.answer, old.said]).toEqual(['', expect.stringContaining('alert protocol version')])
    await mesh.controlPlane.said('TLS: unsupported protocol')
  })

  test('without a certificate, or with one that is bad in any one way, it is refused, and log and answer say why', async () => {
    const { config, ca, root, controlPlane } = await start()
    const stranger = await TestAuthority.create()
    const presented: (readonly [Presented, string])[] = [
      [{}, 'neither a join token nor a client certificate'],
      [await stranger.issue('checkout'), 'does not lead to a root of the trust bundle'],
    ]
    for (const [, changes, reason] of bad) presented.push([await root.issue('checkout', changes), reason])
    for (const [credentials, reason] of presented) {
      const { answer } = await sClient(config, stream, ca, credentials)
      expect(answer).toMatch(/^HTTP\/1\.1 401 /)
      expect(answer).toContain(reason)
      expect(await controlPlane.said(reason)).toContain('a caller of the config port was refused')
    }
  })
})
