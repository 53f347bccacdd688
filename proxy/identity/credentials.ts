/**
 * The certificate and the roots in use, as TLS code asks for them anew for each connection: the same on every thread.
 *
 * Invariant: a certificate that has ended is shown to nobody, and without one nobody is trusted.
 */
import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Clock } from '../runtime/clock.ts'
import type { SvidCertificate } from '../svid/certificate.ts'
import { type PeerRole, type PeerVerdict, verifyPeer } from '../svid/verify-peer.ts'
import { type HeldCertificate, keyPemOf } from './held-certificate.ts'

/** What one thread hands another, within the memory of the process. */
export interface Credentials {
  readonly certificate: HeldCertificate | null
  /** PEM of the roots; empty before the control plane named them. */
  readonly bundle: string
}

/** The roots that peers are checked against. */
export interface Roots {
  /** PEM. */
  readonly bundle: string
  readonly roots: readonly SvidCertificate[]
}

export class CredentialsInUse {
  /** `changed` has to be called after it. */
  held: HeldCertificate | null = null
  readonly #clock: Clock
  readonly #trust: Roots
  #context: SecureContext | null = null

  constructor(clock: Clock, trust: Roots) {
    this.#clock = clock
    this.#trust = trust
  }

  /** null when there is none, or it has ended. */
  get valid(): HeldCertificate | null {
    return this.held !== null && this.#clock.wall() <= this.held.notAfter ? this.held : null
  }

  /** Certificate or roots are others than before. */
  changed(): void {
    this.#context = null
  }

  secureContext(): SecureContext | null {
    const held = this.valid
    if (held === null) return null
    return (this.#context ??= createSecureContext({
      cert: held.chain,
      key: keyPemOf(held),
      ca: this.#trust.bundle,
      minVersion: 'TLSv1.3',
      // A ticket would let a caller come back without its certificate being looked at.
      secureOptions: constants.SSL_OP_NO_TICKET,
    }))
  }

  verifyPeer(chain: readonly Buffer[], role?: PeerRole): PeerVerdict {
    if (this.held === null) return { refused: 'this workload has no certificate yet, so it trusts nobody' }
    const roles = role === undefined ? (['server', 'client'] as const) : [role]
    return verifyPeer(chain, { roots: this.#trust.roots, trustDomain: this.held.trustDomain, now: this.#clock.wall(), roles })
  }
}
