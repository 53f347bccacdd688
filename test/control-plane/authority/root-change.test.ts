import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer, connect, createSecureContext, type SecureContext } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { RefusedRequest } from '../../../control-plane/authority/authority.ts'
import { makeKeyAndRequest } from '../../../proxy/identity/certificate-request.ts'
import { splitPem } from '../../../proxy/svid/pem.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { checkout, hourMs, judge, request, startAuthority } from './test-authority.ts'

const minuteMs = 60_000

async function startedChange() {
  const started = await startAuthority()
  const { authority } = started
  const oldBundle = authority.trustBundle()
  const oldLeaf = (await authority.issue(await request(), checkout)).chainPem
  await authority.rotate()
  return { ...started, oldBundle, oldLeaf, newRoot: splitPem(authority.trustBundle())[1] as string }
}

test('both roots are trusted at once, and the old one goes on signing until the overlap is over', async () => {
  const { authority, clock, oldBundle } = await startedChange()
  expect(splitPem(authority.trustBundle())).toHaveLength(2)
  clock.advance(hourMs - 1)
  const { chainPem } = await authority.issue(await request(), checkout)
  expect(splitPem(chainPem)).toHaveLength(1)
  expect(judge(chainPem, oldBundle, clock.wall())).toHaveProperty('id')
})

test('then the new one signs, and even who has heard of neither end accepts its certificates', async () => {
  const { authority, clock, oldBundle, oldLeaf, newRoot } = await startedChange()
  clock.advance(hourMs)
  const { chainPem } = await authority.issue(await request(), checkout)
  expect(judge(chainPem, newRoot, clock.wall())).toHaveProperty('id')
  expect(judge(chainPem, oldBundle, clock.wall())).toHaveProperty('id')
  expect(judge(oldLeaf, authority.trustBundle(), clock.wall())).toHaveProperty('id')
})

test('the old root is trusted until the last certificate that it stands for has ended', async () => {
  const { authority, clock, oldBundle, newRoot } = await startedChange()
  clock.advance(hourMs - 1)
  const { chainPem: lastOld } = await authority.issue(await request(), checkout)
  clock.advance(24 * hourMs)
  expect(judge(lastOld, authority.trustBundle(), clock.wall() - 1_000)).toHaveProperty('id')
  expect(authority.trustBundle()).toContain(oldBundle)
  clock.advance(minuteMs + 1)
  expect(authority.trustBundle()).toBe(newRoot)
  expect(splitPem((await authority.issue(await request(), checkout)).chainPem)).toHaveLength(1)
})

test('who asked is told of each new trust bundle, and ca.pem has it', async () => {
  const { authority, clock, state } = await startAuthority()
  const told: number[] = []
  authority.onBundleChange((pem) => told.push(splitPem(pem).length))
  await authority.rotate()
  expect(told).toEqual([2])
  clock.advance(hourMs)
  expect(told).toEqual([2])
  clock.advance(24 * hourMs + minuteMs)
  expect(told).toEqual([2, 1])
  expect(readFileSync(join(state, 'ca.pem'), 'utf8')).toBe(authority.trustBundle())
})

test('a second change has to wait until the new root signs', async () => {
  const { authority, clock } = await startedChange()
  await expect(authority.rotate()).rejects.toThrow(
    new RefusedRequest('a change is under way: the new root signs from 2026-01-01T01:00:00.000Z'),
  )
  clock.advance(hourMs)
  await authority.rotate()
  expect(splitPem(authority.trustBundle())).toHaveLength(3)
})

test('two changes asked for at once are one change', async () => {
  const { authority } = await startAuthority()
  const outcomes = await Promise.allSettled([authority.rotate(), authority.rotate()])
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(splitPem(authority.trustBundle())).toHaveLength(2)
})

test('a restart at any moment goes on with the change', async () => {
  const { close, authority, clock, state, oldLeaf } = await startedChange()
  const both = authority.trustBundle()
  close()
  clock.advance(hourMs / 2)
  const second = await startAuthority({ state, clock })
  expect(second.authority.trustBundle()).toBe(both)
  expect(splitPem((await second.authority.issue(await request(), checkout)).chainPem)).toHaveLength(1)
  second.close()
  clock.advance(hourMs)
  const third = await startAuthority({ state, clock })
  const { chainPem } = await third.authority.issue(await request(), checkout)
  expect(judge(chainPem, splitPem(both)[1] as string, clock.wall())).toHaveProperty('id')
  expect(judge(oldLeaf, third.authority.trustBundle(), clock.wall())).toHaveProperty('id')
  third.close()
  clock.advance(30 * hourMs)
  const fourth = await startAuthority({ state, clock })
  expect(fourth.authority.trustBundle()).toBe(splitPem(both)[1])
})

test('a shorter life in the configuration does not shorten the trust in what was issued before', async () => {
  const { close, clock, state } = await startAuthority()
  close()
  const { authority } = await startAuthority({ state, clock, ttlMs: minuteMs })
  await authority.rotate()
  clock.advance(hourMs)
  clock.advance(24 * hourMs)
  expect(splitPem(authority.trustBundle())).toHaveLength(2)
  clock.advance(minuteMs)
  expect(splitPem(authority.trustBundle())).toHaveLength(1)
})

test('people see what signs, what is trusted, and until when', async () => {
  const { authority, clock } = await startedChange()
  expect(authority.certificates()).toMatchObject([
    { role: 'signing', subject: 'CN=Tandem CA', notAfter: '2036-01-01T00:00:00.000Z' },
    { role: 'trusted', subject: 'CN=Tandem CA', signsFrom: '2026-01-01T01:00:00.000Z' },
  ])
  clock.advance(hourMs)
  expect(authority.certificates()).toMatchObject([{ role: 'signing' }, { role: 'trusted', trustedUntil: '2026-01-02T01:01:00.000Z' }])
})

test('each change of the root stands in the audit log', async () => {
  const { authority, auditLines } = await startAuthority()
  await authority.rotate()
  expect(auditLines()).toEqual([
    { time: '2026-01-01T00:00:00.000Z', event: 'root', by: 'authority', reason: expect.stringContaining('signs from 2026-01-01T01:00') },
  ])
})

test('TLS agrees: the config port and a new leaf are accepted with the old, the new and both roots', async () => {
  const clock = new ManualClock(Date.now())
  const { authority } = await startAuthority({ clock, overlapMs: 1_000 })
  const oldBundle = authority.trustBundle()
  const before = authority.serverContext()
  await authority.rotate()
  clock.advance(1_000)
  await expect.poll(() => authority.serverContext()).not.toBe(before)
  const { key, csr } = await makeKeyAndRequest()
  const { chainPem } = await authority.issue(csr, checkout)
  const client = { cert: chainPem, key: key.export({ type: 'pkcs8', format: 'pem' }) }
  for (const ca of [oldBundle, splitPem(authority.trustBundle())[1] as string, authority.trustBundle()]) {
    await expect(mutualTls(() => authority.serverContext(), createSecureContext({ ca, ...client }))).resolves.toEqual([true, true])
    const asServer = createSecureContext({ ca, ...client })
    await expect(mutualTls(() => asServer, createSecureContext({ ca, ...client }), true)).resolves.toEqual([true, true])
  }
})

/** @returns whether each side's OpenSSL accepted the other one. */
async function mutualTls(server: () => SecureContext, client: SecureContext, anyName = false): Promise<[boolean, boolean]> {
  const accepted = Promise.withResolvers<boolean>()
  const options = { requestCert: true, rejectUnauthorized: false }
  const listening = createServer({ ...options, SNICallback: (_, done) => done(null, server()) }, (socket) => {
    accepted.resolve(socket.authorized)
    socket.on('error', () => undefined).end()
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void listening.close())
  const { port } = listening.address() as AddressInfo
  const check = anyName ? { checkServerIdentity: () => undefined } : {}
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', secureContext: client, rejectUnauthorized: false, ...check })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const both: [boolean, boolean] = [await accepted.promise, socket.authorized]
  socket.destroy()
  return both
}
