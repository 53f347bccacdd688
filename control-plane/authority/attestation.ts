/**
 * Who a caller of the config port is: by its join token, or by the certificate that it was given before. What it claims does not count.
 * Every refusal is in the audit log, but for the guesses that are refused without a look: they would fill the disk.
 */
import type { Audit } from './audit.ts'
import type { Attested, AuthorityView } from './authority.ts'
import type { Tokens } from './tokens.ts'

export interface Credentials {
  /** The header field. */
  readonly authorization: string | undefined
  /** DER, leaf first; empty without a client certificate. */
  readonly chain: readonly Buffer[]
  /** The caller's address, without the port. */
  readonly from: string
}

export type Attest = (credentials: Credentials) => Attested | { readonly refused: string }

export interface AttestationDeps {
  readonly authority: Pick<AuthorityView, 'attest'>
  readonly tokens: Tokens
  readonly audit: Audit
}

const bearer = /^bearer +([^ ]+) *$/i

/** A token counts where there is one; else the certificate. */
export function createAttestation({ authority, tokens, audit }: AttestationDeps): Attest {
  return ({ authorization, chain, from }) => {
    const verdict = authorization === undefined ? byCertificate(chain) : tokens.attest(bearer.exec(authorization)?.[1] ?? '', from)
    if (!('refused' in verdict)) return verdict
    const { refused } = verdict
    if (!('silent' in verdict)) audit.note({ event: 'refused', reason: refused, address: from })
    return { refused }
  }

  function byCertificate(chain: readonly Buffer[]): Attested | { readonly refused: string } {
    if (chain.length === 0) return { refused: 'neither a join token nor a client certificate' }
    const attested = authority.attest(chain)
    if ('refused' in attested || attested.tokenId === undefined) return attested
    const ended = tokens.ended(attested.tokenId)
    if (ended !== undefined) return { refused: ended }
    const workload = tokens.workloadOf(attested.tokenId)
    return workload === undefined ? attested : { ...attested, workload }
  }
}
