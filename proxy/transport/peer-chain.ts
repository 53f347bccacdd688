/**
 * What a TLS peer presented: its certificates, and nothing that this side knew before.
 */
import type { TLSSocket } from 'node:tls'

/** Longer chains are nobody's; the rest is left out, and the chain then leads nowhere. */
const maxCertificates = 10

export interface Presented {
  /** DER, leaf first. */
  readonly chain: readonly [Buffer, ...Buffer[]]
  /** Epoch milliseconds: the end of the leaf. */
  readonly notAfter: number
}

/** @returns null where the peer presented no certificate. */
export function presentedBy(socket: TLSSocket): Presented | null {
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return null
  const issuers: Buffer[] = []
  for (let next = leaf.issuerCertificate; next !== undefined && issuers.length + 1 < maxCertificates; next = next.issuerCertificate) {
    issuers.push(next.raw)
  }
  return { chain: [leaf.raw, ...issuers], notAfter: leaf.validToDate.getTime() }
}
