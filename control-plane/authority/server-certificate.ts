/**
 * The certificate of the config port: made by the authority for itself, and made anew at half of its life or when another root signs.
 */
import { KeyObject, webcrypto } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Clock, Timer } from '../../proxy/runtime/clock.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import { writeServerCertificate } from './issuance.ts'
import type { RotationKeeper } from './rotation-keeper.ts'
import { plainSerial } from './serial.ts'
import type { Signer } from './signer.ts'

const ttlMs = 86_400_000
const retryMs = 60_000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

interface Held {
  readonly signer: Signer
  readonly cert: string
  readonly key: string
}

interface Deps {
  readonly keeper: RotationKeeper
  readonly hosts: readonly string[]
  readonly clock: Clock
  readonly logger: Logger
}

export class ServerCertificate {
  readonly #deps: Deps
  #held: Held | null = null
  #context: SecureContext | null = null
  #timer: Timer | null = null
  #closed = false

  constructor(deps: Deps) {
    this.#deps = deps
    deps.keeper.onChange(() => this.#changed())
  }

  /** @throws what keeps the signer from signing. */
  async renew(): Promise<void> {
    const { keeper, hosts, clock } = this.#deps
    const { signer } = keeper
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const now = clock.wall()
    const { chain, notAfter } = await writeServerCertificate(signer, {
      publicKey: keys.publicKey,
      serial: plainSerial(),
      hosts,
      now,
      ttlMs,
    })
    if (this.#closed) return
    this.#held = { signer, cert: chain, key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) }
    this.#context = null
    this.#again((notAfter.getTime() - now) / 2)
  }

  /** TLS 1.3 only; knows the trust bundle, so that client certificates can be asked for. */
  context(): SecureContext {
    if (this.#held === null) throw new Error('there is no certificate yet')
    const { cert, key } = this.#held
    return (this.#context ??= createSecureContext({ cert, key, ca: this.#deps.keeper.bundle, minVersion: 'TLSv1.3' }))
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #changed(): void {
    this.#context = null
    if (this.#held !== null && this.#held.signer !== this.#deps.keeper.signer) this.#again(0)
  }

  #again(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#deps.clock.after(delayMs, () => void this.renew().catch((error: unknown) => this.#failed(error)))
  }

  #failed(error: unknown): void {
    this.#deps.logger.error('the certificate of the config port cannot be renewed', { reason: String(error) })
    if (!this.#closed) this.#again(retryMs)
  }
}
