/**
 * Who signs: a certificate with its key, ready for use. The key decides the algorithm of the signature.
 */
import { createPrivateKey, type KeyObject, type webcrypto, X509Certificate as NodeCertificate } from 'node:crypto'
import type { SignerRecord } from './rotation.ts'
import { X509Certificate } from './x509.ts'

type SigningAlgorithm = webcrypto.EcdsaParams | webcrypto.Algorithm
type ImportAlgorithm = webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams | webcrypto.Algorithm

export interface Signer {
  readonly record: SignerRecord
  readonly certificate: X509Certificate
  readonly key: CryptoKey
  readonly algorithm: SigningAlgorithm
  /** Nothing that it signs lives longer. */
  readonly notAfter: Date
}

const hashOfCurve: Readonly<Record<string, readonly [curve: string, hash: string]>> = {
  prime256v1: ['P-256', 'SHA-256'],
  secp384r1: ['P-384', 'SHA-384'],
  secp521r1: ['P-521', 'SHA-512'],
}

/** @throws an Error that says what is wrong with certificate or key. */
export function signerFrom(record: SignerRecord): Signer {
  const { cert, key } = record
  if (key === null) throw new Error('the private key of the authority is not at hand')
  if (!isKeyOf(cert, key)) throw new Error('the private key does not belong to the certificate')
  const { imported, signing } = algorithmsOf(createPrivateKey(key))
  const certificate = new X509Certificate(cert)
  return {
    record,
    certificate,
    key: createPrivateKey(key).toCryptoKey(imported, false, ['sign']),
    algorithm: signing,
    notAfter: certificate.notAfter,
  }
}

/** @throws what cannot be read of either. */
export function isKeyOf(cert: string, key: string): boolean {
  return new NodeCertificate(cert).checkPrivateKey(createPrivateKey(key))
}

function algorithmsOf(key: KeyObject): { imported: ImportAlgorithm; signing: SigningAlgorithm } {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  const [curve, hash] = hashOfCurve[namedCurve] ?? []
  if (key.asymmetricKeyType === 'ec' && curve !== undefined && hash !== undefined)
    return { imported: { name: 'ECDSA', namedCurve: curve }, signing: { name: 'ECDSA', hash } }
  if (key.asymmetricKeyType === 'ed25519') return { imported: { name: 'Ed25519' }, signing: { name: 'Ed25519' } }
  if (key.asymmetricKeyType !== 'rsa' || modulusLength < 2048)
    throw new Error('expected a private key of ECDSA P-256, P-384 or P-521, Ed25519, or RSA with at least 2048 bits')
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  return { imported: rsa, signing: rsa }
}
