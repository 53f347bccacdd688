/**
 * What people are shown of the authority: who signs, and which roots are trusted.
 */
import { readCertificates } from '../../proxy/svid/pem.ts'
import type { SvidCertificate } from '../../proxy/svid/certificate.ts'
import { type Rotation, trustedRoots } from './rotation.ts'

export interface AuthorityCertificate {
  /** `signing`: new certificates come from it. `trusted`: a root that peers are checked against, before or after its turn to sign. */
  readonly role: 'signing' | 'trusted'
  readonly subject: string
  /** Lower-case hex. */
  readonly serial: string
  /** SHA-256 in lower-case hex. */
  readonly fingerprint: string
  /** ISO 8601. */
  readonly notBefore: string
  readonly notAfter: string
  /** ISO 8601; when its turn to sign begins. */
  readonly signsFrom?: string
  /** ISO 8601; when it leaves the trust bundle. */
  readonly trustedUntil?: string
}

/** Each certificate once; a root that signs by itself as `signing`. */
export function certificateFacts(rotation: Rotation): AuthorityCertificate[] {
  const { current, next, retiring } = rotation
  const signing = factsOf(current.cert, 'signing', {})
  const trusted = trustedRoots(rotation).filter((root) => root !== current.cert)
  const turns = trusted.map((root) => {
    const until = retiring.find((one) => one.root === root)?.until
    const from = next?.signer.roots.includes(root) === true && !current.roots.includes(root) ? next.switchAt : undefined
    return factsOf(root, 'trusted', { ...at('signsFrom', from), ...at('trustedUntil', until) })
  })
  return [signing, ...turns]
}

type Turn = Pick<AuthorityCertificate, 'signsFrom' | 'trustedUntil'>

function at(key: keyof Turn, epochMs: number | undefined): Turn {
  return epochMs === undefined ? {} : { [key]: new Date(epochMs).toISOString() }
}

function factsOf(pem: string, role: AuthorityCertificate['role'], turn: Turn): AuthorityCertificate {
  const [{ x509, subject, notBefore, notAfter }] = readCertificates(pem) as [SvidCertificate]
  return {
    role,
    subject,
    serial: x509.serialNumber.toLowerCase(),
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
    ...turn,
  }
}
