import { beforeAll, describe, expect, test } from 'vitest'
import { Extension, KeyUsageFlags } from '../../../control-plane/authority/x509.ts'
import { type PeerRole, verifyPeer } from '../../../proxy/svid/verify-peer.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { makeAuthority, makeCertificate, type MadeCertificate, makeSvid, testNow, type Wanted } from './made-certificate.ts'

const id = 'spiffe://mesh.test/ns/shop/sa/checkout'
const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'

let root: MadeCertificate
let otherRoot: MadeCertificate

beforeAll(async () => {
  root = await makeAuthority(null, 'CN=Root')
  otherRoot = await makeAuthority(null, 'CN=Root')
})

function verify(chain: readonly MadeCertificate[], roots = [root], roles: readonly PeerRole[] = ['server'], now = testNow) {
  const rules = { roots: roots.map(({ read }) => read), trustDomain: 'mesh.test', now, roles }
  return verifyPeer(
    chain.map(({ der }) => der),
    rules,
  )
}

describe('a leaf that the root signed', () => {
  const accepted: [string, Wanted][] = [
    ['one URI name', {}],
    ['a DNS name beside the URI name', { dns: ['checkout.shop'] }],
    ['an id of another form than the mesh gives', { uris: ['spiffe://mesh.test/a.b/_c-D'] }],
    ['a subject', { subject: 'CN=checkout' }],
    ['further key usages', { keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment }],
    ['the extended key usage of its role', { extendedKeyUsage: [serverAuth] }],
  ]
  test.each(accepted)('is accepted with %s', async (_, wanted) => {
    expect(verify([await makeSvid(root, wanted)])).toEqual({ id: wanted.uris?.[0] ?? id })
  })

  const unknownCritical = new Extension('1.2.3.4', true, new Uint8Array([5, 0]))
  const nameConstraints = new Extension('2.5.29.30', false, new Uint8Array([0x30, 0]))
  const refused: [string, Wanted, RegExp][] = [
    ['no name at all', { uris: [] }, /no SPIFFE id$/],
    ['only a DNS name', { uris: [], dns: ['checkout.shop'] }, /no SPIFFE id, only other names/],
    ['two URI names', { uris: [id, 'spiffe://mesh.test/ns/shop/sa/payment'] }, /2 URI names, expected exactly one/],
    ['the same URI name twice', { uris: [id, id] }, /2 URI names/],
    ['a web address as URI name', { uris: ['https://mesh.test/ns/shop/sa/checkout'] }, /no SPIFFE id of a workload: "https:/],
    ['a trust domain only', { uris: ['spiffe://mesh.test'] }, /no SPIFFE id of a workload/],
    ['another trust domain', { uris: ['spiffe://other.test/ns/shop/sa/checkout'] }, /of another trust domain, expected mesh.test/],
    ['a trust domain that begins like ours', { uris: ['spiffe://mesh.test.evil/ns/shop/sa/checkout'] }, /of another trust domain/],
    ['a zero byte in the name', { uris: [`${id}\0.evil`] }, /no SPIFFE id of a workload/],
    ['CA:TRUE', { ca: true }, /CA:TRUE/],
    ['no key usage', { keyUsage: null }, /lacks the key usage digitalSignature/],
    ['key encipherment only', { keyUsage: KeyUsageFlags.keyEncipherment }, /lacks the key usage digitalSignature/],
    ['keyCertSign', { keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign }, /the key usage keyCertSign/],
    ['cRLSign', { keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.cRLSign }, /the key usage cRLSign/],
    ['the extended key usage of the other role only', { extendedKeyUsage: [clientAuth] }, /lacks the extended key usage serverAuth/],
    ['an end', { from: -3, until: -2 }, /expired at 2026-05-31T22:00:00Z, 2 h 0 min ago; is this machine's clock right \(2026-06-01/],
    ['a beginning to come', { from: 1, until: 2 }, /not valid before 2026-06-01T01:00:00Z, 1 h 0 min from now; is this machine's clock/],
    ['a critical extension that nobody knows', { more: [unknownCritical] }, /not understood: 1\.2\.3\.4/],
    ['name constraints', { more: [nameConstraints] }, /not understood: 2\.5\.29\.30/],
  ]
  test.each(refused)('is refused with %s', async (_, wanted, reason) => {
    expect(verify([await makeSvid(root, wanted)])).toEqual({ refused: expect.stringMatching(reason) })
  })
})

describe('the chain', () => {
  test('may have intermediates, in any order', async () => {
    const upper = await makeAuthority(root, 'CN=Upper')
    const lower = await makeAuthority(upper, 'CN=Lower')
    const leaf = await makeSvid(lower)
    expect(verify([leaf, lower, upper])).toEqual({ id })
    expect(verify([leaf, upper, lower])).toEqual({ id })
    expect(verify([leaf, root, lower, upper])).toEqual({ id })
  })

  test('has to lead to a root of the bundle', async () => {
    const intermediate = await makeAuthority(root, 'CN=Intermediate')
    const leaf = await makeSvid(intermediate)
    expect(verify([leaf])).toEqual({
      refused: expect.stringContaining('does not lead to a root of the trust bundle; its issuer is "CN=Intermediate"'),
    })
    expect(verify([leaf, intermediate], [])).toEqual({ refused: expect.stringContaining('does not lead to a root') })
    expect(verify([leaf, intermediate, root], [otherRoot])).toEqual({ refused: expect.stringContaining('does not lead to a root') })
  })

  test('is not believed by name: another key of the same name has signed nothing', async () => {
    expect(verify([await makeSvid(otherRoot)])).toHaveProperty('refused')
    expect(verify([await makeSvid(otherRoot)], [root, otherRoot])).toEqual({ id })
  })

  test('does not go through a certificate that is no authority', async () => {
    const workload = await makeSvid(root, { subject: 'CN=checkout' })
    const forged = await makeSvid(workload, { uris: ['spiffe://mesh.test/ns/shop/sa/admin'] })
    expect(verify([forged, workload])).toEqual({ refused: 'its issuer (CN=checkout) is no authority' })
  })

  const badIssuers: [string, Wanted, string][] = [
    ['without keyCertSign', { keyUsage: KeyUsageFlags.digitalSignature }, 'lacks the key usage keyCertSign'],
    ['that has ended', { from: -3, until: -2 }, 'expired at'],
    ['that has not begun', { from: 1, until: 2 }, 'not valid before'],
    ['with a critical extension that nobody knows', { more: [new Extension('1.2.3.4', true, new Uint8Array([5, 0]))] }, 'not understood'],
  ]
  test.each(badIssuers)('does not go through an intermediate %s', async (_, wanted, reason) => {
    const intermediate = await makeAuthority(root, 'CN=Intermediate', wanted)
    expect(verify([await makeSvid(intermediate), intermediate])).toEqual({ refused: expect.stringContaining(reason) })
  })

  test('is not longer than an issuer allows', async () => {
    const upper = await makeAuthority(root, 'CN=Upper', { pathLength: 0 })
    const lower = await makeAuthority(upper, 'CN=Lower')
    expect(verify([await makeSvid(upper), upper])).toEqual({ id })
    expect(verify([await makeSvid(lower), lower, upper])).toEqual({
      refused: expect.stringContaining('allows 0 intermediates, there are 1'),
    })
  })

  test('finds its way when one of two roots has ended', async () => {
    const ended = await makeAuthority(null, 'CN=Root', { from: -3, until: -2 })
    expect(verify([await makeSvid(ended)], [ended, root])).toEqual({ refused: expect.stringContaining('its issuer (CN=Root) expired') })
    expect(verify([await makeSvid(root)], [ended, root])).toEqual({ id })
  })

  test('is refused when it is empty, endless or no certificate', async () => {
    const leaf = await makeSvid(root)
    expect(verify([])).toEqual({ refused: 'no certificate was sent' })
    expect(verify(Array.from({ length: 9 }, () => leaf))).toEqual({ refused: expect.stringContaining('at most 8') })
    const rules = { roots: [root.read], trustDomain: 'mesh.test', now: testNow, roles: [] }
    expect(verifyPeer([Buffer.from('hello')], rules)).toEqual({ refused: expect.stringContaining('cannot be read') })
    expect(verifyPeer([Buffer.alloc(70_000)], rules)).toEqual({ refused: expect.stringContaining('larger than') })
  })
})

test('both ends of the lifetime are within it', async () => {
  const leaf = await makeSvid(root)
  expect(verify([leaf], [root], [], leaf.read.notAfter)).toEqual({ id })
  expect(verify([leaf], [root], [], leaf.read.notAfter + 1)).toHaveProperty('refused')
  expect(verify([leaf], [root], [], leaf.read.notBefore)).toEqual({ id })
  expect(verify([leaf], [root], [], leaf.read.notBefore - 1)).toHaveProperty('refused')
})

test('without a role named, both extended key usages are asked for', async () => {
  const leaf = await makeSvid(root, { extendedKeyUsage: [serverAuth] })
  expect(verify([leaf], [root], ['server'])).toEqual({ id })
  expect(verify([leaf], [root], ['server', 'client'])).toEqual({ refused: expect.stringContaining('clientAuth') })
})

function withChangedBytes(original: Buffer, random: SeededRandom): Buffer {
  const der = Buffer.from(original)
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(der.length)
    der[at] = ((der[at] as number) + 1 + random.below(255)) % 256
  }
  return der
}

test('3,000 leaves and intermediates with changed bytes are refused with a reason, and never throw', async () => {
  const random = new SeededRandom(4)
  const upper = await makeAuthority(root, 'CN=Upper')
  const leaf = await makeSvid(upper)
  const nameless = await makeCertificate(null)
  const rules = { roots: [root.read], trustDomain: 'mesh.test', now: testNow, roles: [] }
  expect(verifyPeer([leaf.der, upper.der], rules)).toEqual({ id })
  for (let round = 0; round < 3_000; round++) {
    const changed = random.pick([leaf, upper, nameless])
    const der = withChangedBytes(changed.der, random)
    if (der.equals(changed.der)) continue
    const chain = changed === upper ? [leaf.der, der] : [der, upper.der, nameless.der]
    expect(verifyPeer(chain, rules)).toEqual({ refused: expect.any(String) })
  }
})

test('an issuer without a name is refused like any other', async () => {
  const nameless = await makeCertificate(root)
  expect(verify([await makeSvid(nameless), nameless])).toEqual({ refused: 'its issuer () is no authority' })
})
