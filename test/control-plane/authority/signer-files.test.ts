import { createPrivateKey, KeyObject } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KeyUsageFlags } from '../../../control-plane/authority/x509.ts'
import { makeRoot } from '../../../control-plane/authority/root.ts'
import { splitPem, toPem } from '../../../proxy/svid/pem.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { makeAuthority, type MadeCertificate, makeSvid, testNow, type Wanted } from '../../proxy/svid/made-certificate.ts'
import { checkout, hourMs, judge, request, startAuthority, temporaryFolder } from './test-authority.ts'

function keyOf({ keys }: MadeCertificate): string {
  return KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })
}

/** Written as mounts do it: each file appears as a whole. */
function put(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(`${path}.next`, text)
  renameSync(`${path}.next`, path)
  return path
}

function putSigner(folder: string, signer: MadeCertificate, above: readonly MadeCertificate[] = []) {
  return {
    cert: put(folder, 'tls.crt', toPem(signer.der)),
    key: put(folder, 'tls.key', keyOf(signer)),
    chain: put(folder, 'ca.crt', above.map(({ der }) => toPem(der)).join('') || toPem(signer.der)),
  }
}

async function started(signer: MadeCertificate, above: readonly MadeCertificate[] = []) {
  const folder = temporaryFolder()
  const clock = new ManualClock(testNow)
  const files = putSigner(folder, signer, above)
  return { ...(await startAuthority({ clock, files })), folder, clock, files }
}

/** The files are looked at every 10 s; what follows needs no timer. */
async function looked(clock: ManualClock, done: () => boolean): Promise<void> {
  clock.advance(10_000)
  await expect.poll(done, { interval: 5 }).toBe(true)
}

test('an intermediate signs, and is sent along; the root is the trust bundle', async () => {
  const root = await makeAuthority(null, 'CN=Corporate Root')
  const intermediate = await makeAuthority(root, 'CN=Mesh')
  const { authority, clock } = await started(intermediate, [root])
  const { chainPem } = await authority.issue(await request(), checkout)
  expect(splitPem(chainPem)).toHaveLength(2)
  expect(authority.trustBundle()).toBe(toPem(root.der))
  expect(judge(chainPem, authority.trustBundle(), clock.wall())).toHaveProperty('id')
  await expect(authority.rotate()).rejects.toThrow('the root comes from files: put new ones in their place')
})

test('a root from outside signs, whatever the form of its key', async () => {
  const root = await makeAuthority(null, 'CN=Own')
  const folder = temporaryFolder()
  const sec1 = createPrivateKey(keyOf(root)).export({ type: 'sec1', format: 'pem' })
  const files = { cert: put(folder, 'tls.crt', toPem(root.der)), key: put(folder, 'tls.key', sec1) }
  const { authority, clock } = await startAuthority({ clock: new ManualClock(testNow), files })
  const { chainPem } = await authority.issue(await request(), checkout)
  expect(splitPem(chainPem)).toHaveLength(1)
  expect(judge(chainPem, toPem(root.der), clock.wall())).toHaveProperty('id')
})

test('the key from outside is never kept in the state folder', async () => {
  const root = await makeAuthority(null, 'CN=Own')
  const { state } = await started(root)
  const [, secret = ''] = keyOf(root).split('\n')
  expect(readFileSync(join(state, 'authority.json'), 'utf8')).not.toContain(secret)
})

test('a renewed intermediate of the same root takes over at once', async () => {
  const root = await makeAuthority(null, 'CN=Corporate Root')
  const first = await makeAuthority(root, 'CN=Mesh')
  const { authority, clock, folder } = await started(first, [root])
  const second = await makeAuthority(root, 'CN=Mesh 2')
  putSigner(folder, second, [root])
  await looked(clock, () => authority.certificates()[0]?.subject === 'CN=Mesh 2')
  const { chainPem } = await authority.issue(await request(), checkout)
  expect(judge(chainPem, toPem(root.der), clock.wall())).toHaveProperty('id')
  expect(authority.trustBundle()).toBe(toPem(root.der))
})

test('another root is trusted first and signs after the overlap; the one before stays trusted', async () => {
  const [one, two] = await Promise.all([makeAuthority(null, 'CN=One'), makeAuthority(null, 'CN=Two')])
  const { authority, clock, folder } = await started(one)
  putSigner(folder, two)
  await looked(clock, () => splitPem(authority.trustBundle()).length === 2)
  const before = await authority.issue(await request(), checkout)
  expect(judge(before.chainPem, toPem(one.der), clock.wall())).toHaveProperty('id')
  clock.advance(hourMs)
  const after = await authority.issue(await request(), checkout)
  expect(judge(after.chainPem, toPem(two.der), clock.wall())).toHaveProperty('id')
  expect(splitPem(authority.trustBundle())).toHaveLength(2)
  clock.advance(25 * hourMs)
  expect(authority.trustBundle()).toBe(toPem(two.der))
})

test('files that do not fit each other yet change nothing, and the reason is said once', async () => {
  const [one, two] = await Promise.all([makeAuthority(null, 'CN=One'), makeAuthority(null, 'CN=Two')])
  const { authority, clock, folder, said } = await started(one)
  put(folder, 'tls.crt', toPem(two.der))
  await looked(clock, () => authority.problem() !== undefined)
  clock.advance(10_000)
  await expect.poll(() => clock.pending).toBeGreaterThan(1)
  expect(authority.problem()).toContain('the private key does not belong to the certificate')
  expect(said.filter((line) => line.includes('are refused'))).toHaveLength(1)
  const { chainPem } = await authority.issue(await request(), checkout)
  expect(judge(chainPem, toPem(one.der), clock.wall())).toHaveProperty('id')
  putSigner(folder, two)
  await looked(clock, () => splitPem(authority.trustBundle()).length === 2)
  await expect.poll(() => authority.problem()).toBeUndefined()
})

const unfit: [string, Wanted, RegExp][] = [
  [
    'that is a workload',
    { ca: false, keyUsage: KeyUsageFlags.digitalSignature },
    /sidecars would refuse what it signs: its issuer \(CN=Unfit\) is no authority/,
  ],
  ['that may not sign', { keyUsage: KeyUsageFlags.digitalSignature }, /lacks the key usage keyCertSign/],
  ['that has not begun', { from: 1 }, /its issuer \(CN=Unfit\) is not valid before/],
  ['that has ended', { until: -1 }, /the certificate of the authority ended/],
]
test.each(unfit)('a certificate %s is refused at the start', async (_, wanted, reason) => {
  await expect(started(await makeAuthority(null, 'CN=Unfit', wanted))).rejects.toThrow(reason)
})

test('a chain without a root is refused at the start, and so are files that cannot be read', async () => {
  const root = await makeAuthority(null, 'CN=Corporate Root')
  const intermediate = await makeAuthority(root, 'CN=Mesh')
  await expect(started(intermediate)).rejects.toThrow(/authority\.chain: no root/)
  await expect(started(await makeSvid(root), [root])).rejects.toThrow('is no authority')
  const folder = temporaryFolder()
  const files = putSigner(folder, root)
  await expect(startAuthority({ files: { ...files, key: join(folder, 'none') } })).rejects.toThrow(
    /authority\.key: cannot read .*none: it does not exist/,
  )
  put(folder, 'tls.crt', 'hello')
  await expect(startAuthority({ files })).rejects.toThrow(/authority\.cert: found no certificate in .*tls\.crt/)
})

test('a change from the own root to files, and back, keeps trust in what was issued', async () => {
  const clock = new ManualClock(testNow)
  const own = await startAuthority({ clock })
  const ownBundle = own.authority.trustBundle()
  const ownLeaf = (await own.authority.issue(await request(), checkout)).chainPem
  own.close()
  const outside = await makeAuthority(null, 'CN=Outside')
  const files = putSigner(temporaryFolder(), outside)
  const changed = await startAuthority({ clock, state: own.state, files })
  expect(judge(ownLeaf, changed.authority.trustBundle(), clock.wall())).toHaveProperty('id')
  expect(judge((await changed.authority.issue(await request(), checkout)).chainPem, ownBundle, clock.wall())).toHaveProperty('id')
  clock.advance(hourMs)
  const outsideLeaf = (await changed.authority.issue(await request(), checkout)).chainPem
  expect(judge(outsideLeaf, toPem(outside.der), clock.wall())).toHaveProperty('id')
  changed.close()
  const back = await startAuthority({ clock, state: own.state })
  for (const leaf of [ownLeaf, outsideLeaf]) expect(judge(leaf, back.authority.trustBundle(), clock.wall())).toHaveProperty('id')
  const { chainPem } = await back.authority.issue(await request(), checkout)
  expect(judge(chainPem, back.authority.trustBundle(), clock.wall())).toHaveProperty('id')
})

test('a root made here is one that would be taken from files', async () => {
  const { cert, key } = await makeRoot(testNow, hourMs)
  const folder = temporaryFolder()
  const files = { cert: put(folder, 'tls.crt', cert), key: put(folder, 'tls.key', key ?? '') }
  const { authority } = await startAuthority({ clock: new ManualClock(testNow), files })
  expect(authority.trustBundle()).toBe(cert)
})
