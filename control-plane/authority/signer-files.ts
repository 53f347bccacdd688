/**
 * A root or intermediate from outside: cert-manager's three files, or anybody's. Looked at again and again, as mounts swap files
 * without an event that could be relied on.
 */
import { generateKeyPairSync } from 'node:crypto'
import { fileProblem, readSmallFile } from '../../proxy/config/small-file.ts'
import { derOf, readCertificates, splitPem } from '../../proxy/svid/pem.ts'
import { readSvidCertificate } from '../../proxy/svid/certificate.ts'
import { verifyPeer } from '../../proxy/svid/verify-peer.ts'
import { writeSvid } from './issuance.ts'
import type { SignerRecord } from './rotation.ts'
import { plainSerial } from './serial.ts'
import { signerFrom } from './signer.ts'

/** Paths. */
export interface SignerFiles {
  /** PEM; who signs first, further certificates may follow. */
  readonly cert: string
  readonly key: string
  /** PEM; up to the root. Not needed where `cert` holds it. */
  readonly chain?: string | undefined
}

/** @throws an Error with the configuration key, the file, and what is wrong with it. */
export function readSignerFiles(files: SignerFiles, ttlMs: number): SignerRecord {
  const [cert, ...more] = certificatesIn('cert', files.cert)
  const above = files.chain === undefined ? [] : certificatesIn('chain', files.chain)
  const all = [...new Set([cert as string, ...more, ...above])]
  const roots = all.filter(isSelfSigned)
  if (roots.length === 0)
    throw new Error(`authority.chain: no root (a certificate that signed itself) in ${files.chain ?? files.cert}, expected all up to it`)
  const chain = all.filter((pem) => !roots.includes(pem))
  const key = readPart('key', files.key)
  return { source: 'files', cert: cert as string, key, chain, roots, longestTtlMs: ttlMs }
}

/**
 * Signs a certificate for nobody and looks at it as a sidecar would.
 * @throws an Error with the reason for which sidecars would refuse what this signer signs.
 */
export async function tryOut(record: SignerRecord, trustDomain: string, now: number): Promise<void> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = publicKey.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])
  const spiffeId = `spiffe://${trustDomain}/ns/tandem/sa/nobody`
  const written = await writeSvid(signerFrom(record), { publicKey: key, serial: plainSerial(), spiffeId, now, ttlMs: 60_000 })
  const verdict = verifyPeer(splitPem(written.chain).map(derOf), {
    roots: readCertificates(record.roots.join('')),
    trustDomain,
    now,
    roles: ['server', 'client'],
  })
  if ('refused' in verdict) throw new Error(`sidecars would refuse what it signs: ${verdict.refused}`)
}

function certificatesIn(part: 'cert' | 'chain', file: string): string[] {
  const pems = splitPem(readPart(part, file))
  if (pems.length === 0) throw new Error(`authority.${part}: found no certificate in ${file}, expected PEM`)
  return pems
}

function readPart(part: keyof SignerFiles, file: string): string {
  try {
    return readSmallFile(file)
  } catch (error) {
    throw new Error(`authority.${part}: cannot read ${file}: ${fileProblem(error)}`, { cause: error })
  }
}

function isSelfSigned(pem: string): boolean {
  const { x509, subject, issuer } = readSvidCertificate(derOf(pem))
  return subject === issuer && x509.verify(x509.publicKey)
}
