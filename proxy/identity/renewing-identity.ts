/**
 * When a certificate is asked for: at the start, at half of its life, and again after a failure.
 *
 * Invariant: one attempt or one timer at a time. A renewal that fails leaves the certificate in use, and people hear of it long before it
 * hurts; one that has ended is used no more. Connections that stand are never touched.
 */
import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { backoffMs } from '../runtime/backoff.ts'
import type { Clock, Timer } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { verifyPeer } from '../svid/verify-peer.ts'
import { type AskForCertificate } from './ask-control-plane.ts'
import { type CertificateAnswer, CertificateRefused } from './certificate-call.ts'
import { makeKeyAndRequest } from './certificate-request.ts'
import { clockProblem } from './clock-skew.ts'
import { type HeldCertificate, holdCertificate, keyPemOf, renewalTime } from './held-certificate.ts'
import type { IdentityClient, PeerRole, PeerVerdict } from './identity.ts'
import { certificateTrouble } from './trouble.ts'
import type { Trust } from './trust.ts'

export interface RenewingIdentityDeps {
  readonly ask: AskForCertificate
  /** Opens a connection to the control plane that presents this certificate. */
  readonly connect: (certificate: HeldCertificate | null, signal: AbortSignal) => Promise<TLSSocket>
  readonly token: string
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
  #held: HeldCertificate | null = null
  #context: SecureContext | null = null
  #timer: Timer | null = null
  #failures = 0
  #attempting = false
  /** Of the last attempt; undefined after one that succeeded. */
  #reason: string | undefined
  #clockProblem: string | undefined
  #said: string | undefined

  constructor(deps: RenewingIdentityDeps) {
    this.#deps = deps
  }

  get spiffeId(): string | null {
    return this.#held?.spiffeId ?? null
  }

  get notAfter(): number | null {
    return this.#held?.notAfter ?? null
  }

  start(): Promise<void> {
    return this.#attempt()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#timer?.cancel()
    this.#listeners.clear()
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => void this.#listeners.delete(changed)
  }

  tryNow(): void {
    if (this.#failures > 0 && !this.#attempting) void this.#attempt()
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

  secureContext(): SecureContext | null {
    const held = this.#valid()
    if (held === null) return null
    return (this.#context ??= createSecureContext({
      cert: held.chain,
      key: keyPemOf(held),
      ca: this.#deps.trust.bundle,
      minVersion: 'TLSv1.3',
      // A ticket would let a caller come back without its certificate being looked at.
      secureOptions: constants.SSL_OP_NO_TICKET,
    }))
  }

  verifyPeer(chain: readonly Buffer[], role?: PeerRole): PeerVerdict {
    if (this.#held === null) return { refused: 'this workload has no certificate yet, so it trusts nobody' }
    const { trust, clock } = this.#deps
    const roles = role === undefined ? (['server', 'client'] as const) : [role]
    return verifyPeer(chain, { roots: trust.roots, trustDomain: this.#held.trustDomain, now: clock.wall(), roles })
  }

  problem(): string | undefined {
    return certificateTrouble({ held: this.#held, now: this.#deps.clock.wall(), reason: this.#reason }) ?? this.#clockProblem
  }

  async connectControlPlane(signal?: AbortSignal): Promise<{ socket: TLSSocket; authorization: string | undefined }> {
    const certificate = this.#valid()
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    const socket = await this.#deps.connect(certificate, either)
    return { socket, authorization: certificate === null ? `Bearer ${this.#deps.token}` : undefined }
  }

  #valid(): HeldCertificate | null {
    return this.#held !== null && this.#deps.clock.wall() <= this.#held.notAfter ? this.#held : null
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
    const held = this.#valid()
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
    this.#held = held
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
    const life = this.#held === null ? Number.POSITIVE_INFINITY : this.#held.notAfter - this.#held.since
    return Math.max(firstRetryMs, Math.min(longestRetryMs, life / 20))
  }

  #again(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#deps.clock.after(delayMs, () => void this.#attempt())
  }

  #changed(): void {
    this.#context = null
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
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
