/**
 * Who this workload is, as TLS code sees it. The implementation renews it; whoever opens a connection asks anew each time.
 */
import type { SecureContext, TLSSocket } from 'node:tls'
import type { PeerRole, PeerVerdict } from '../svid/verify-peer.ts'
import type { Credentials } from './credentials.ts'

export type { PeerRole, PeerVerdict } from '../svid/verify-peer.ts'

export interface WorkloadIdentity {
  /** null until the first certificate has come. */
  readonly spiffeId: string | null
  /** Epoch milliseconds; null without a certificate. */
  readonly notAfter: number | null
  /**
   * Presents the certificate and trusts the bundle, TLS 1.3 only; null without a valid certificate. Made once for each certificate and bundle.
   * Without session tickets (`SSL_OP_NO_TICKET`): a caller that tried to resume a session would otherwise fail its handshake.
   */
  secureContext(): SecureContext | null
  /**
   * Checks a peer (SPIFFE X509-SVID): chain to the bundle, times, exactly one URI SAN in the trust domain, no CA, key usage.
   * @param chain DER, leaf first, as the peer sent it. @param role what the peer is on this connection; both uses are asked for without it.
   */
  verifyPeer(chain: readonly Buffer[], role?: PeerRole): PeerVerdict
  /** What people should know (no certificate yet, renewal failing, the clock is off); undefined when all is well. */
  problem(): string | undefined
}

/** An identity that other threads are given too. */
export interface SharedIdentity extends WorkloadIdentity {
  /** As they are now. */
  credentials(): Credentials
  /** @param changed called after each new certificate and each new trust bundle. @returns what stops it. */
  onChange(changed: () => void): () => void
}

/** The identity with its upkeep, for whoever puts the sidecar together. */
export interface IdentityClient extends SharedIdentity {
  /** Begins, and goes on until `close`. Resolves when the first attempt is over, whether it succeeded or not. */
  start(): Promise<void>
  close(): Promise<void>
  /** The control plane can be reached again: what failed before is tried without waiting any longer. */
  tryNow(): void
  /** @param changed called when there is trouble to speak of in `problem`, another one than before, or none any more. */
  onTrouble(changed: () => void): void
  /** The control plane accepts the certificate no more: another one is asked for, by the token if need be, unless that is being tried already. */
  certificateRefused(): void
  /** PEM of the roots that peers are checked against; empty before the control plane named them. */
  bundle(): string
  /** Takes a trust bundle that the control plane pushed; one that cannot be read is logged and changes nothing. */
  useBundle(pem: string): void
  /**
   * A new HTTP/2 connection to the control plane, its certificate checked, presenting this workload's where it has a valid one.
   * `authorization` is the header field to send where it has none. @throws an Error with the reason.
   */
  connectControlPlane(signal?: AbortSignal): Promise<{ readonly socket: TLSSocket; readonly authorization: string | undefined }>
}
