import { writeFileSync } from 'node:fs'
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { type ControlPlaneAccess, createIdentity } from '../../../proxy/identity/create-identity.ts'
import { derChain, request, startAuthority, temporaryFolder } from '../../control-plane/authority/test-authority.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { certificateFiles } from '../../harness/certificates.ts'
import { refusingAddress } from '../../harness/raw-origin.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

const hourMs = 3_600_000

/** A config port that answers certificate requests only, over real TLS. OpenSSL goes by the real time: a clock that will be moved starts in the past. */
async function startPort(atMs = Date.now()) {
  const clock = new ManualClock(atMs)
  const control = await startAuthority({ clock })
  const { certificateEndpoint, authority, attest } = control
  const server = createSecureServer({
    requestCert: true,
    rejectUnauthorized: false,
    SNICallback: (_, done) => done(null, authority.serverContext()),
  })
  const sockets = new Set<Socket>()
  const presented: number[] = []
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = []
    const certificate = ((stream.session as ServerHttp2Session).socket as TLSSocket).getPeerX509Certificate()
    const chain = certificate === undefined ? [] : [certificate.raw]
    presented.push(chain.length)
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', () => undefined)
    stream.on('end', () => {
      void answer(chain, headers.authorization, Buffer.concat(chunks)).then(({ status, json }) => {
        stream.respond({ ':status': status, date: new Date(clock.wall()).toUTCString() })
        stream.end(JSON.stringify(json))
      })
    })
  })
  async function answer(chain: Buffer[], authorization: string | undefined, body: Buffer) {
    const attested = attest({ chain, authorization, from: '127.0.0.1' })
    if ('refused' in attested) return { status: 401, json: { detail: attested.refused } }
    return certificateEndpoint({ body, attested, from: '127.0.0.1' })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { token } = await control.tokens.create({ namespace: 'shop', account: 'checkout', ttlMs: null })
  const access = {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    token: () => token,
    trustBundle: join(control.state, 'ca.pem'),
  }
  return { ...control, access, presented, clock }
}

function identityFor(controlPlane: ControlPlaneAccess, clock: ManualClock) {
  const identity = createIdentity({ controlPlane, clock, random: { float: () => 0.5, hex: () => '' }, logger: silent })
  onTestFinished(() => identity.close())
  return identity
}

test('the first certificate comes by the token, the next by the certificate', async () => {
  const { access, clock, presented, authority } = await startPort(Date.now() - 13 * hourMs)
  const identity = identityFor(access, clock)
  await identity.start()
  expect(identity.problem()).toBeUndefined()
  expect(identity.spiffeId).toBe('spiffe://mesh.test/ns/shop/sa/checkout')
  expect(identity.bundle()).toBe(authority.trustBundle())
  const changed = new Promise<void>((resolve) => identity.onChange(resolve))
  clock.advance(12 * hourMs)
  await changed
  expect(presented).toEqual([0, 1])
})

test('a connection to the control plane presents the certificate, or has the token to send', async () => {
  const { access, clock } = await startPort()
  const identity = identityFor(access, clock)
  const before = await identity.connectControlPlane()
  expect(before.authorization).toBe(`Bearer ${access.token()}`)
  before.socket.destroy()
  await identity.start()
  const after = await identity.connectControlPlane()
  expect(after).toMatchObject({ authorization: undefined, socket: { alpnProtocol: 'h2', authorized: true } })
  after.socket.destroy()
})

test('a wrong token is refused in the words of the control plane', async () => {
  const { access, clock } = await startPort()
  const identity = identityFor({ ...access, token: () => 'tj_wrong' }, clock)
  await identity.start()
  expect(identity.problem()).toBe('no certificate yet: the control plane refused (401): not a join token of this control plane')
})

test('a control plane of another root is refused before it sees the token', async () => {
  const { access, clock, presented } = await startPort()
  const identity = identityFor({ ...access, trustBundle: certificateFiles.ca }, clock)
  await identity.start()
  expect(identity.problem()).toMatch(/does not lead to a root in .*ca\.pem; is that its ca\.pem\?/)
  expect(presented).toEqual([])
})

test('a control plane under another name is refused', async () => {
  const { access, clock, presented } = await startPort()
  const trustBundle = join(temporaryFolder(), 'ca.pem')
  writeFileSync(trustBundle, '')
  const empty = identityFor({ ...access, trustBundle }, clock)
  await empty.start()
  expect(empty.problem()).toContain('does not lead to a root')
  const other = identityFor({ ...access, url: access.url.replace('localhost', '127.0.0.2') }, clock)
  await other.start()
  expect(other.problem()).toMatch(/no certificate yet: https:/)
  expect(presented).toEqual([])
})

test.each([
  ['26 h behind', -26 * hourMs, /certificate expired at .*, 2 h 0 min ago; is this machine's clock right/],
  ['10 min behind', -600_000, /this machine's clock is 10 min \d s ahead of the control plane's/],
  ['10 min ahead', 600_000, /not valid before .*, 9 min 0 s from now|not valid before .*, 8 min 5\d s from now/],
])('a control plane whose clock is %s: the clock is named', async (_, aheadMs, reason) => {
  const now = Date.now()
  const { access } = await startPort(now + aheadMs)
  const identity = identityFor(access, new ManualClock(now))
  await identity.start()
  expect(identity.problem()).toMatch(reason)
})

test('a trust bundle that cannot be read is named', async () => {
  const { access, clock } = await startPort()
  const identity = identityFor({ ...access, trustBundle: '/nowhere/ca.pem' }, clock)
  await identity.start()
  expect(identity.problem()).toBe('no certificate yet: cannot read controlPlane.trustBundle /nowhere/ca.pem: it does not exist')
})

test('a control plane that is not there is named', async () => {
  const clock = new ManualClock(Date.now())
  const url = `https://${await refusingAddress()}`
  const identity = identityFor({ url, token: () => 't', trustBundle: certificateFiles.ca }, clock)
  await identity.start()
  expect(identity.problem()).toMatch(/^no certificate yet: https:\/\/127.0.0.1:\d+: connect ECONNREFUSED/)
})

test('one that accepts and says nothing is given up after 10 s', async () => {
  const accepted = Promise.withResolvers<Socket>()
  const server = createServer((socket) => accepted.resolve(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const clock = new ManualClock(Date.now())
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const identity = identityFor({ url, token: () => 't', trustBundle: certificateFiles.ca }, clock)
  const started = identity.start()
  const socket = await accepted.promise
  clock.advance(10_000)
  await started
  expect(identity.problem()).toBe(`no certificate yet: ${url}: no TLS connection within 10 s`)
  socket.destroy()
})

test('a sidecar that slept through the overlap of a root change still gets its next certificate', async () => {
  const { access, clock, authority } = await startPort(Date.now() - 2 * hourMs)
  const oldBundle = join(temporaryFolder(), 'ca.pem')
  writeFileSync(oldBundle, authority.trustBundle())
  const identity = identityFor({ ...access, trustBundle: oldBundle }, clock)
  await identity.start()
  const before = authority.serverContext()
  await authority.rotate()
  clock.advance(hourMs)
  await expect.poll(() => authority.serverContext()).not.toBe(before)
  await identity.start()
  expect(identity.problem()).toBeUndefined()
  expect(identity.bundle()).toBe(authority.trustBundle())
  const { chainPem } = await authority.issue(await request(), { namespace: 'shop', account: 'payment', by: 'test' })
  expect(identity.verifyPeer(derChain(chainPem))).toHaveProperty('id')
})
