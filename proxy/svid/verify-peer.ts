/**
 * Whether a certificate chain is an X.509-SVID of the mesh (SPIFFE X509-SVID, section 5), and whose. Pure: bundle and time are given.
 *
 * Invariant: an id comes out only when everything holds. The leaf is looked at before its chain, as that gives the reason that helps most.
 * Revocation is short lives and the trust bundle; host names are nobody's business here.
 */
import type { SvidCertificate } from './certificate.ts'
import { readSvidCertificate } from './certificate.ts'
import { chainProblem } from './chain.ts'
import { parseSpiffeId } from './spiffe-id.ts'
import { timeProblem } from './validity.ts'

/** A peer's certificate chain was looked at. */
export type PeerVerdict = { readonly id: string } | { readonly refused: string }

/** What the peer is on this connection. */
export type PeerRole = 'server' | 'client'

export interface PeerRules {
  /** The trust bundle. */
  readonly roots: readonly SvidCertificate[]
  readonly trustDomain: string
  /** Epoch milliseconds. */
  readonly now: number
  /** Empty asks for no use, where the extension is absent any use is allowed. */
  readonly roles: readonly PeerRole[]
}

/** A longer chain is not looked at. */
const maxChain = 8
const maxDerBytes = 64 * 1024

/** @param chain DER, leaf first; further certificates in any order. */
export function verifyPeer(chain: readonly Buffer[], rules: PeerRules): PeerVerdict {
  if (chain.length === 0) return { refused: 'no certificate was sent' }
  if (chain.length > maxChain) return { refused: `a chain of ${chain.length} certificates, at most ${maxChain} are looked at` }
  const certificates = readChain(chain)
  if ('refused' in certificates) return certificates
  const [leaf, ...others] = certificates.read
  const refused = leafProblem(leaf, rules) ?? chainProblem(leaf, others, rules)
  return refused === undefined ? { id: leaf.uriNames[0] as string } : { refused }
}

type Read = { readonly read: [SvidCertificate, ...SvidCertificate[]] } | { readonly refused: string }

function readChain(chain: readonly Buffer[]): Read {
  if (chain.some(({ length }) => length > maxDerBytes)) return { refused: `a certificate larger than ${maxDerBytes} bytes` }
  try {
    return { read: chain.map(readSvidCertificate) as [SvidCertificate, ...SvidCertificate[]] }
  } catch (error) {
    return { refused: `a certificate that cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function leafProblem(leaf: SvidCertificate, rules: PeerRules): string | undefined {
  return (
    nameProblem(leaf, rules.trustDomain) ??
    usageProblem(leaf) ??
    extensionProblem(leaf, rules.roles) ??
    timeProblem(leaf, rules.now, 'the certificate')
  )
}

function nameProblem({ uriNames, otherNames }: SvidCertificate, trustDomain: string): string | undefined {
  const [name] = uriNames
  if (name === undefined) return otherNames > 0 ? 'the certificate has no SPIFFE id, only other names' : 'the certificate has no SPIFFE id'
  if (uriNames.length > 1) return `the certificate has ${uriNames.length} URI names, expected exactly one`
  const id = parseSpiffeId(name)
  if (id === null) return `the certificate's URI name is no SPIFFE id of a workload: ${JSON.stringify(name.slice(0, 200))}`
  return id.trustDomain === trustDomain ? undefined : `${name} is of another trust domain, expected ${trustDomain}`
}

function usageProblem({ isCa, keyUsage }: SvidCertificate): string | undefined {
  if (isCa) return 'the certificate is one of an authority (CA:TRUE), not of a workload'
  if (keyUsage === null || !keyUsage.has('digitalSignature')) return 'the certificate lacks the key usage digitalSignature'
  const signing = (['keyCertSign', 'cRLSign'] as const).find((usage) => keyUsage.has(usage))
  return signing === undefined ? undefined : `the certificate has the key usage ${signing}, which a workload may not have`
}

const extendedKeyUsages: Readonly<Record<PeerRole, string>> = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' }

function extensionProblem({ extendedKeyUsage, notUnderstood }: SvidCertificate, roles: readonly PeerRole[]): string | undefined {
  if (notUnderstood.length > 0) return `the certificate has a critical extension that is not understood: ${notUnderstood[0]}`
  if (extendedKeyUsage === null) return undefined
  const lacking = roles.find((role) => !extendedKeyUsage.includes(extendedKeyUsages[role]))
  return lacking === undefined ? undefined : `the certificate lacks the extended key usage ${lacking}Auth`
}
