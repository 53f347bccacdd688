/**
 * Who is at the other end of an mTLS connection, as its certificate proved. The same facts for callers and for upstreams.
 */
export interface Peer {
  /** SPIFFE id, `spiffe://<trust-domain>/ns/<namespace>/sa/<account>`. */
  readonly id: string
  /** The leaf as it was presented, DER. */
  readonly certificate: Buffer
  /** SPIFFE id that this side presented on the same connection. */
  readonly localId: string
  /** Epoch milliseconds: when the first of both sides' certificates ends. The connection serves no longer than that. */
  readonly validUntil: number
}
