/**
 * The identity on a thread that was given it: another thread asks for certificates, and hands over each new one.
 */
import type { SecureContext } from 'node:tls'
import type { Clock } from '../runtime/clock.ts'
import type { SvidCertificate } from '../svid/certificate.ts'
import { readCertificates } from '../svid/pem.ts'
import { type Credentials, CredentialsInUse, type Roots } from './credentials.ts'
import type { PeerRole, PeerVerdict, WorkloadIdentity } from './identity.ts'
import { certificateTrouble } from './trouble.ts'

class GivenRoots implements Roots {
  bundle = ''
  roots: readonly SvidCertificate[] = []
}

export class GivenIdentity implements WorkloadIdentity {
  readonly #clock: Clock
  readonly #trust = new GivenRoots()
  readonly #inUse: CredentialsInUse

  constructor(clock: Clock, credentials: Credentials) {
    this.#clock = clock
    this.#inUse = new CredentialsInUse(clock, this.#trust)
    this.take(credentials)
  }

  get spiffeId(): string | null {
    return this.#inUse.held?.spiffeId ?? null
  }

  get notAfter(): number | null {
    return this.#inUse.held?.notAfter ?? null
  }

  /** In place of what was given before. */
  take({ certificate, bundle }: Credentials): void {
    this.#trust.bundle = bundle
    this.#trust.roots = bundle === '' ? [] : readCertificates(bundle)
    this.#inUse.held = certificate
    this.#inUse.changed()
  }

  secureContext(): SecureContext | null {
    return this.#inUse.secureContext()
  }

  verifyPeer(chain: readonly Buffer[], role?: PeerRole): PeerVerdict {
    return this.#inUse.verifyPeer(chain, role)
  }

  problem(): string | undefined {
    return certificateTrouble({ held: this.#inUse.held, now: this.#clock.wall(), reason: undefined })
  }
}
