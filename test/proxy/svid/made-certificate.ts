/**
 * Certificates for tests, right and wrong ones: all that an X.509-SVID is judged by can be set.
 */
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  type Extension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '../../../control-plane/authority/x509.ts'
import { readSvidCertificate, type SvidCertificate } from '../../../proxy/svid/certificate.ts'

export const testNow = Date.UTC(2026, 5, 1)
const hourMs = 3_600_000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export interface MadeCertificate {
  readonly der: Buffer
  readonly subject: string
  readonly keys: webcrypto.CryptoKeyPair
  readonly read: SvidCertificate
}

export interface Wanted {
  readonly subject?: string
  /** URI names. */
  readonly uris?: readonly string[]
  readonly dns?: readonly string[]
  readonly ca?: boolean
  readonly pathLength?: number
  /** null leaves the extension out. */
  readonly keyUsage?: KeyUsageFlags | null
  readonly extendedKeyUsage?: readonly string[]
  /** Hours from `testNow`. */
  readonly from?: number
  readonly until?: number
  readonly more?: readonly Extension[]
}

/** @param issuer null signs with its own key. */
export async function makeCertificate(issuer: MadeCertificate | null, wanted: Wanted = {}): Promise<MadeCertificate> {
  const { subject = '', from = -1, until = 1 } = wanted
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(testNow + from * hourMs),
    notAfter: new Date(testNow + until * hourMs),
    extensions: extensionsOf(wanted),
  })
  const der = Buffer.from(certificate.rawData)
  return { der, subject, keys, read: readSvidCertificate(der) }
}

/** An authority: CA:TRUE, keyCertSign. */
export function makeAuthority(issuer: MadeCertificate | null, subject: string, wanted: Wanted = {}): Promise<MadeCertificate> {
  return makeCertificate(issuer, { subject, ca: true, keyUsage: KeyUsageFlags.keyCertSign, until: 100, from: -100, ...wanted })
}

/** A workload's certificate with nothing wrong. */
export function makeSvid(issuer: MadeCertificate, wanted: Wanted = {}): Promise<MadeCertificate> {
  return makeCertificate(issuer, { uris: ['spiffe://mesh.test/ns/shop/sa/checkout'], ...wanted })
}

function extensionsOf({ uris = [], dns = [], ca = false, pathLength, keyUsage, extendedKeyUsage, more = [] }: Wanted): Extension[] {
  const names = [...uris.map((value) => ({ type: 'url', value }) as const), ...dns.map((value) => ({ type: 'dns', value }) as const)]
  return [
    new BasicConstraintsExtension(ca, pathLength, true),
    ...(keyUsage === null ? [] : [new KeyUsagesExtension(keyUsage ?? KeyUsageFlags.digitalSignature, true)]),
    ...(extendedKeyUsage === undefined ? [] : [new ExtendedKeyUsageExtension([...extendedKeyUsage])]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
    ...more,
  ]
}
