/**
 * When a certificate is asked for: at the start, at half of its life, and again after a failure.
 *
 * Invariant: one attempt or one timer at a time. A renewal that fails leaves the certificate in use, and people hear of it long before it
 * hurts; one that has ended is used no more. Connections that stand are never touched.
 */
import type { SecureContext, TLSSocket } from 'node:tls'
import { backoffMs } from '../runtime/backoff.ts'
import type { Clock, Timer } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { type AskForCertificate } from './ask-control-plane.ts'
import { type CertificateAnswer, CertificateRefused } from './certificate-call.ts'
import { makeKeyAndRequest } from './certificate-request.ts'
import { clockProblem } from './clock-skew.ts'
import { type Credentials, CredentialsInUse } from './credentials.ts'
import { type HeldCertificate, holdCertificate, renewalTime } from './held-certificate.ts'
import type { IdentityClient, PeerRole, PeerVerdict } from './identity.ts'
import { certificateTrouble } from './trouble.ts'
import type { Trust } from './trust.ts'

export interface RenewingIdentityDeps {
  readonly ask: AskForCertificate
  /** Opens a connection to the control plane that presents this certificate. */
  readonly connect: (certificate: HeldCertificate | null, signal: AbortSignal) => Promise<TLSSocket>
  readonly token: () => string
  readonly trust: Trust
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const firstRetryMs = 1_000
const longestRetryMs = 30_000

export class RenewingIdentity implements IdentityClient {
  readonly #deps: RenewingIdentityDeps
  readonly #closing = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #troubleListeners = new Set<() => void>()
  readonly #inUse: CredentialsInUse
  #timer: Timer | null = null
  #failures = 0
  #attempting = false
  /** Of the last attempt; undefined after one that succeeded. */
  #reason: string | undefined
  #clockProblem: string | undefined
  #said: string | undefined

  constructor(deps: RenewingIdentityDeps) {
    this.#deps = deps
    this.#inUse = new CredentialsInUse(deps.clock, deps.trust)
  }

  get spiffeId(): string | null {
    return this.#inUse.held?.spiffeId ?? null
  }

  get notAfter(): number | null {
    return this.#inUse.held?.notAfter ?? null
  }

  start(): Promise<void> {
    return this.#attempt()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#timer?.cancel()
    this.#listeners.clear()
    this.#troubleListeners.clear()
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => void this.#listeners.delete(changed)
  }

  onTrouble(changed: () => void): void {
    this.#troubleListeners.add(changed)
  }

  tryNow(): void {
    if (this.#failures > 0 && !this.#attempting) void this.#attempt()
  }

  certificateRefused(): void {
    if (this.#failures === 0 && !this.#attempting && this.#inUse.held !== null) void this.#attempt()
  }

  bundle(): string {
    return this.#deps.trust.bundle
  }

  useBundle(pem: string): void {
    try {
      if (this.#deps.trust.use(pem)) this.#changed()
    } catch (error) {
      this.#deps.logger.warn('a trust bundle was pushed that cannot be read; the one before stays', { reason: messageOf(error) })
    }
  }

  credentials(): Credentials {
    return { certificate: this.#inUse.held, bundle: this.#deps.trust.bundle }
  }

  secureContext(): SecureContext | null {
    return this.#inUse.secureContext()
  }

  verifyPeer(chain: readonly Buffer[], role?: PeerRole): PeerVerdict {
    return this.#inUse.verifyPeer(chain, role)
  }

  problem(): string | undefined {
    return certificateTrouble({ held: this.#inUse.held, now: this.#deps.clock.wall(), reason: this.#reason }) ?? this.#clockProblem
  }

  async connectControlPlane(signal?: AbortSignal): Promise<{ socket: TLSSocket; authorization: string | undefined }> {
    const certificate = this.#inUse.valid
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    const socket = await this.#deps.connect(certificate, either)
    return { socket, authorization: certificate === null ? `Bearer ${this.#deps.token()}` : undefined }
  }

  async #attempt(): Promise<void> {
    this.#timer?.cancel()
    this.#attempting = true
    try {
      const { key, csr } = await makeKeyAndRequest()
      const { response, controlPlaneTime } = await this.#ask(csr)
      if (this.#closing.signal.aborted) return
      const now = this.#deps.clock.wall()
      this.#clockProblem = clockProblem(now, controlPlaneTime)
      this.#taken(holdCertificate(response, key, now), response.trustBundle)
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#failed(error)
    } finally {
      this.#attempting = false
    }
  }

  /** The certificate authorises its renewal; where it is not accepted, the token is tried. */
  async #ask(csr: string): Promise<CertificateAnswer> {
    const { signal } = this.#closing
    const held = this.#inUse.valid
    if (held === null) return this.#deps.ask(csr, null, signal)
    try {
      return await this.#deps.ask(csr, held, signal)
    } catch {
      signal.throwIfAborted()
      return this.#deps.ask(csr, null, signal)
    }
  }

  #taken(held: HeldCertificate, trustBundle: string): void {
    const { trust, clock, random, logger } = this.#deps
    trust.use(trustBundle)
    this.#inUse.held = held
    this.#failures = 0
    this.#reason = undefined
    logger.info('certificate issued', { spiffeId: held.spiffeId, notAfter: new Date(held.notAfter).toISOString() })
    this.#say()
    this.#again(renewalTime(held, random.float()) - clock.wall())
    this.#changed()
  }

  #failed(error: unknown): void {
    if (error instanceof CertificateRefused) this.#clockProblem = clockProblem(this.#deps.clock.wall(), error.controlPlaneTime)
    this.#reason = this.#clockProblem === undefined ? messageOf(error) : `${messageOf(error)} (${this.#clockProblem})`
    this.#say()
    const limits = { baseMs: firstRetryMs, maxMs: this.#longestRetryMs() }
    this.#again(backoffMs(limits, this.#failures++, this.#deps.random))
  }

  /** Often enough that a short life has many tries in its second half. */
  #longestRetryMs(): number {
    const life = this.#inUse.held === null ? Number.POSITIVE_INFINITY : this.#inUse.held.notAfter - this.#inUse.held.since
    return Math.max(firstRetryMs, Math.min(longestRetryMs, life / 20))
  }

  #again(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#deps.clock.after(delayMs, () => void this.#attempt())
  }

  #changed(): void {
    this.#inUse.changed()
    for (const changed of this.#listeners) changed()
  }

  /** Each kind of trouble once, with its first reason, and its end. */
  #say(): void {
    const trouble = this.#reason ?? this.#clockProblem
    const said = trouble === undefined ? undefined : `${this.problem() === undefined ? '' : 'ends soon '}${trouble}`
    if (said === this.#said) return
    this.#said = said
    if (trouble === undefined) this.#deps.logger.info('certificates are renewed again')
    else this.#deps.logger.warn('trouble with the certificate', { reason: this.problem() ?? trouble })
    for (const changed of this.#troubleListeners) changed()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
