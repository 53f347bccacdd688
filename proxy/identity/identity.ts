/**
 * Who this workload is, as TLS code sees it. The implementation renews it; whoever opens a connection asks anew each time.
 */
import type { SecureContext } from 'node:tls'

/** A peer's certificate chain was looked at. */
export type PeerVerdict = { readonly id: string } | { readonly refused: string }

export interface WorkloadIdentity {
  /** null until the first certificate has come. */
  readonly spiffeId: string | null
  /** Epoch milliseconds; null without a certificate. */
  readonly notAfter: number | null
  /** Presents the certificate and trusts the bundle, TLS 1.3 only; null without a certificate. Made once for each certificate. */
  secureContext(): SecureContext | null
  /**
   * Checks a peer (SPIFFE X509-SVID): chain to the bundle, times, exactly one URI SAN in the trust domain, no CA, key usage.
   * @param chain DER, leaf first, as the peer sent it.
   */
  verifyPeer(chain: readonly Buffer[]): PeerVerdict
  /** What people should know (no certificate yet, renewal failing, the clock is off); undefined when all is well. */
  problem(): string | undefined
}
