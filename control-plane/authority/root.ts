/**
 * The authority's own root: ECDSA P-256, ten years, `CN=Tandem CA`. And how the old one vouches for the new one.
 */
import { KeyObject, webcrypto } from 'node:crypto'
import { toPem } from '../../proxy/svid/pem.ts'
import { plainSerial } from './serial.ts'
import type { Signer } from './signer.ts'
import type { SignerRecord } from './rotation.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts'

const name = 'CN=Tandem CA'
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const years = 10
/** For clocks that are behind. */
const leewayMs = 60_000

export async function makeRoot(now: number, ttlMs: number): Promise<SignerRecord> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    serialNumber: plainSerial(),
    notBefore: new Date(now - leewayMs),
    notAfter: yearsAfter(now),
    signingAlgorithm: algorithm,
    extensions: [...authorityExtensions(), await SubjectKeyIdentifierExtension.create(keys.publicKey)],
  })
  const cert = pemOf(certificate)
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })
  return { source: 'own', cert, key, chain: [], roots: [cert], longestTtlMs: ttlMs }
}

/**
 * The new root as an intermediate of the old one (a cross certificate). Sent along with leaves, it makes them good for a peer
 * that has not heard of the new root yet.
 */
export async function crossSigned(root: SignerRecord, by: Signer, now: number): Promise<string> {
  const { publicKey, subject } = new X509Certificate(root.cert)
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: by.certificate.subject,
    publicKey,
    signingKey: by.key,
    signingAlgorithm: by.algorithm,
    serialNumber: plainSerial(),
    notBefore: new Date(now - leewayMs),
    notAfter: by.notAfter,
    extensions: [
      ...authorityExtensions(),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(by.certificate.publicKey),
    ],
  })
  return pemOf(certificate)
}

export function pemOf(certificate: X509Certificate): string {
  return toPem(Buffer.from(certificate.rawData))
}

function authorityExtensions() {
  return [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)]
}

function yearsAfter(now: number): Date {
  const end = new Date(now)
  end.setUTCFullYear(end.getUTCFullYear() + years)
  return end
}
