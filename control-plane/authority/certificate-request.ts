/**
 * What is taken from a certificate request (PKCS#10, RFC 2986): its public key, after the proof that the sender has the private one.
 * Names and extensions that it asks for are not even looked at.
 */
import { createPublicKey } from 'node:crypto'
import { RefusedRequest } from './authority.ts'
import { Pkcs10CertificateRequest, type PublicKey } from './x509.ts'

/** A request for an elliptic key with nothing else in it has some 300 bytes. */
const maxPemLength = 8192
const curves = new Set(['prime256v1', 'secp384r1'])

/** @throws RefusedRequest with the reason. */
export async function keyOfRequest(pem: string): Promise<PublicKey> {
  if (pem.length > maxPemLength) throw new RefusedRequest(`the request is larger than ${maxPemLength} bytes`)
  const request = readRequest(pem)
  const curve = curveOf(request.publicKey)
  if (curve === undefined || !curves.has(curve)) throw new RefusedRequest('expected a key of ECDSA P-256 or P-384')
  if (!(await isSelfSigned(request))) throw new RefusedRequest('the request is not signed with the key that it is for')
  return request.publicKey
}

function readRequest(pem: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(pem)
  } catch (error) {
    throw new RefusedRequest('the request is not PKCS#10 in PEM', { cause: error })
  }
}

/** By OpenSSL, which also refuses points that are not on the curve. */
function curveOf(key: PublicKey): string | undefined {
  try {
    const read = createPublicKey({ key: Buffer.from(key.rawData), format: 'der', type: 'spki' })
    return read.asymmetricKeyType === 'ec' ? read.asymmetricKeyDetails?.namedCurve : undefined
  } catch {
    return undefined
  }
}

async function isSelfSigned(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify()
  } catch {
    return false
  }
}
