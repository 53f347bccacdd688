/**
 * Writes certificates: X.509-SVIDs for workloads, and the one of the config port. What goes into them is decided by the callers.
 */
import { isIP } from 'node:net'
import { pemOf } from './root.ts'
import type { Signer } from './signer.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from './x509.ts'

/** For clocks that are behind. */
const leewayMs = 60_000
const use = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const

interface Leaf {
  readonly publicKey: PublicKey | CryptoKey
  readonly names: SubjectAlternativeNameExtension
  readonly uses: readonly (keyof typeof use)[]
  readonly serial: string
  readonly now: number
  readonly ttlMs: number
}

export interface WrittenCertificate {
  /** PEM, leaf first, then what is between it and the root. */
  readonly chain: string
  readonly notAfter: Date
}

type ForWorkload = Pick<Leaf, 'publicKey' | 'serial' | 'now' | 'ttlMs'> & { readonly spiffeId: string }
type ForHosts = Pick<Leaf, 'publicKey' | 'serial' | 'now' | 'ttlMs'> & { readonly hosts: readonly string[] }

/** SPIFFE X509-SVID, section 4: the subject is empty, so the names are critical. */
export function writeSvid(signer: Signer, { spiffeId, ...leaf }: ForWorkload): Promise<WrittenCertificate> {
  const names = new SubjectAlternativeNameExtension([{ type: 'url', value: spiffeId }], true)
  return write(signer, { ...leaf, names, uses: ['serverAuth', 'clientAuth'] })
}

/** @param hosts DNS names and IP addresses. */
export function writeServerCertificate(signer: Signer, { hosts, ...leaf }: ForHosts): Promise<WrittenCertificate> {
  const named = hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }) as const)
  return write(signer, { ...leaf, names: new SubjectAlternativeNameExtension(named, true), uses: ['serverAuth'] })
}

async function write(signer: Signer, { publicKey, names, uses, serial, now, ttlMs }: Leaf): Promise<WrittenCertificate> {
  const notAfter = new Date(wholeSecond(Math.min(now + ttlMs, signer.notAfter.getTime())))
  if (notAfter.getTime() <= now) throw new Error(`the certificate of the authority ended at ${signer.notAfter.toISOString()}`)
  const certificate = await X509CertificateGenerator.create({
    issuer: signer.certificate.subject,
    publicKey,
    signingKey: signer.key,
    signingAlgorithm: signer.algorithm,
    serialNumber: serial,
    notBefore: new Date(now - leewayMs),
    notAfter,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(uses.map((one) => use[one])),
      names,
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey),
    ],
  })
  return { chain: [pemOf(certificate), ...signer.record.chain].join(''), notAfter: certificate.notAfter }
}

/** Certificates have no fractions. */
function wholeSecond(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000
}
