/**
 * The certificates that a caller presented, for the authority to look at.
 */
import type { TLSSocket } from 'node:tls'

/** A longer chain is cut: nobody in the mesh has one. */
const longest = 8

/** @returns DER, leaf first, as far as the issuers were sent or are known here; empty without a client certificate. */
export function peerChain(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = []
  let certificate = socket.getPeerX509Certificate()
  while (certificate !== undefined && chain.length < longest) {
    chain.push(certificate.raw)
    certificate = certificate.issuerCertificate
  }
  return chain
}
