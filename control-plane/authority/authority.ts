/**
 * The seam of the certificate authority: what the other rooms of the control plane ask of it.
 */
import type { SecureContext } from 'node:tls'

/** Who a caller was attested to be; decides the certificate, whatever the caller claims. */
export interface Attested {
  readonly namespace: string
  readonly account: string
  /** Whose routing it gets; undefined where nobody but the sidecar itself can say. */
  readonly workload?: string
  /** `token <id>` or `certificate <serial>`; for the audit log. */
  readonly by: string
  /** The join token that the line of renewals began with; its revocation ends the line. */
  readonly tokenId?: string
}

export interface Issued {
  readonly spiffeId: string
  /** Hexadecimal. */
  readonly serial: string
  /** Leaf first, intermediates after it. */
  readonly chainPem: string
  readonly notAfter: Date
}

export interface AuthorityView {
  readonly trustDomain: string
  /** PEM of all roots that are trusted now. */
  trustBundle(): string
  /** @param changed called with each new trust bundle. @returns what stops it. */
  onBundleChange(changed: (pem: string) => void): () => void
  /** @throws RefusedRequest with the reason for CSRs that will not be signed. */
  issue(csrPem: string, attested: Attested): Promise<Issued>
  /** For the control plane's own TLS port; made anew at half of its life. */
  serverContext(): SecureContext
  /** Attests a client certificate (DER chain) of the trust domain; undefined with a reason where it is refused. */
  attest(chain: readonly Buffer[]): Attested | { readonly refused: string }
}

/** What was asked for will not be done, for a reason that the asker may know. */
export class RefusedRequest extends Error {}

export interface TokenFacts {
  readonly id: string
  readonly namespace: string
  readonly account: string
  readonly workload: string
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revoked: boolean
}

export interface WantedToken {
  readonly namespace: string
  readonly account: string
  /** Default: the account. */
  readonly workload?: string | undefined
  /** null is for good. */
  readonly ttlMs: number | null
}

export interface JoinTokens {
  /** @returns the secret, which is shown this once and kept as a hash only. */
  create(wanted: WantedToken): Promise<{ token: string; facts: TokenFacts }>
  list(): readonly TokenFacts[]
  revoke(id: string): Promise<boolean>
  /** @param from the caller's address, for the rate limit on guessing. */
  attest(token: string, from: string): Attested | { readonly refused: string }
}
