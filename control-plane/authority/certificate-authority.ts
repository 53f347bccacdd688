/**
 * The certificate authority of one trust domain: it signs what was attested, says what is trusted, and changes its root.
 *
 * Invariant: a certificate says only who its asker was attested to be; of the request it takes the public key.
 * Who is attested stands in attestation.ts, what is signed in issuance.ts, when the root changes in rotation.ts.
 */
import type { SecureContext } from 'node:tls'
import type { Timer } from '../../proxy/runtime/clock.ts'
import { readSvidCertificate } from '../../proxy/svid/certificate.ts'
import { parseSpiffeId, spiffeIdOf, workloadOf } from '../../proxy/svid/spiffe-id.ts'
import { distance } from '../../proxy/svid/validity.ts'
import { verifyPeer } from '../../proxy/svid/verify-peer.ts'
import type { Audit } from './audit.ts'
import { type Attested, type AuthorityView, type Issued, RefusedRequest } from './authority.ts'
import { type AuthorityCertificate, certificateFacts } from './certificate-facts.ts'
import { keyOfRequest } from './certificate-request.ts'
import { adoptFiles, adoptOwn, withTtl } from './first-rotation.ts'
import { writeSvid } from './issuance.ts'
import { crossSigned, makeRoot } from './root.ts'
import { begin, type Rotation } from './rotation.ts'
import { type KeeperDeps, RotationKeeper } from './rotation-keeper.ts'
import { plainSerial, tokenOfSerial, tokenSerial } from './serial.ts'
import { ServerCertificate } from './server-certificate.ts'
import { readSignerFiles, type SignerFiles, tryOut } from './signer-files.ts'
import { loadRotation } from './stored-rotation.ts'

export interface CertificateAuthorityOptions extends KeeperDeps {
  readonly trustDomain: string
  /** Life of a workload's certificate. */
  readonly ttlMs: number
  /** How long a new root is trusted before it signs. */
  readonly overlapMs: number
  /** From outside; without it the authority has a root of its own. */
  readonly files: SignerFiles | null
  /** Host names and addresses of the config port. */
  readonly hosts: readonly string[]
  readonly audit: Audit
}

/** How often files from outside are looked at. */
const lookMs = 10_000

export class CertificateAuthority implements AuthorityView {
  readonly trustDomain: string
  readonly #options: CertificateAuthorityOptions
  readonly #keeper: RotationKeeper
  readonly #server: ServerCertificate
  #look: Timer | null = null
  #filesProblem: string | undefined
  #closed = false

  /** @throws an Error that says what to do about the state folder or the files. */
  static async open(options: CertificateAuthorityOptions): Promise<CertificateAuthority> {
    const rotation = withTtl(await firstRotation(options), options.ttlMs)
    const keeper = new RotationKeeper(rotation, options)
    const authority = new CertificateAuthority(options, keeper)
    try {
      await authority.#server.renew()
    } catch (error) {
      authority.close()
      throw error
    }
    authority.#lookAgain()
    return authority
  }

  private constructor(options: CertificateAuthorityOptions, keeper: RotationKeeper) {
    this.trustDomain = options.trustDomain
    this.#options = options
    this.#keeper = keeper
    this.#server = new ServerCertificate({ ...options, keeper })
  }

  trustBundle(): string {
    return this.#keeper.bundle
  }

  onBundleChange(changed: (pem: string) => void): () => void {
    let last = this.#keeper.bundle
    return this.#keeper.onChange(() => {
      if (this.#keeper.bundle === last) return
      last = this.#keeper.bundle
      changed(last)
    })
  }

  async issue(csrPem: string, attested: Attested): Promise<Issued> {
    const publicKey = await keyOfRequest(csrPem)
    this.#keeper.turn()
    const { ttlMs, clock } = this.#options
    const spiffeId = spiffeIdOf(this.trustDomain, attested)
    const serial = attested.tokenId === undefined ? plainSerial() : tokenSerial(attested.tokenId)
    const { chain, notAfter } = await writeSvid(this.#keeper.signer, { publicKey, spiffeId, serial, now: clock.wall(), ttlMs })
    return { spiffeId, serial, chainPem: chain, notAfter }
  }

  serverContext(): SecureContext {
    return this.#server.context()
  }

  attest(chain: readonly Buffer[]): Attested | { readonly refused: string } {
    const { trustDomain } = this
    const verdict = verifyPeer(chain, { roots: this.#keeper.roots, trustDomain, now: this.#options.clock.wall(), roles: ['client'] })
    if ('refused' in verdict) return verdict
    const id = parseSpiffeId(verdict.id)
    const workload = id === null ? null : workloadOf(id)
    if (workload === null) return { refused: `${verdict.id} does not name a namespace and an account` }
    const serial = readSvidCertificate(chain[0] as Buffer).x509.serialNumber.toLowerCase()
    const tokenId = tokenOfSerial(serial)
    return { ...workload, by: `certificate ${serial}`, ...(tokenId === undefined ? {} : { tokenId }) }
  }

  /**
   * Begins to change to a new root. Resolves once both are trusted; what follows happens by itself, over restarts too.
   * @throws RefusedRequest while a change is under way, and where the root comes from outside.
   */
  async rotate(): Promise<void> {
    const { clock, overlapMs, ttlMs, audit } = this.#options
    this.#mayRotate()
    const now = clock.wall()
    const root = await makeRoot(now, ttlMs)
    const { signer } = this.#keeper
    const cross = await crossSigned(root, signer, now)
    this.#mayRotate()
    audit.append({
      event: 'root',
      by: 'authority',
      reason: `a new root is trusted now and signs from ${new Date(now + overlapMs).toISOString()}`,
    })
    this.#keeper.change(begin(this.#keeper.rotation, { ...root, chain: [cross, ...signer.record.chain] }, now, overlapMs))
  }

  /** For `tandemctl cert show`. */
  certificates(): readonly AuthorityCertificate[] {
    return certificateFacts(this.#keeper.rotation)
  }

  /** What operators should know; undefined when all is well. */
  problem(): string | undefined {
    const left = this.#keeper.signer.notAfter.getTime() - this.#options.clock.wall()
    if (left <= 0) return `the certificate of the authority ended ${distance(-left)} ago: no certificate can be issued`
    if (left < this.#options.ttlMs) return `the certificate of the authority ends in ${distance(left)}, and all that it signs with it`
    return this.#filesProblem
  }

  close(): void {
    this.#closed = true
    this.#look?.cancel()
    this.#server.close()
    this.#keeper.close()
  }

  #mayRotate(): void {
    this.#keeper.turn()
    if (this.#options.files !== null)
      throw new RefusedRequest('the root comes from files: put new ones in their place, they are taken over with an overlap')
    const { next } = this.#keeper.rotation
    if (next !== null) throw new RefusedRequest(`a change is under way: the new root signs from ${new Date(next.switchAt).toISOString()}`)
  }

  #lookAgain(): void {
    const { files, clock } = this.#options
    if (files === null || this.#closed) return
    this.#look = clock.after(lookMs, () => {
      void this.#lookAtFiles(files).finally(() => this.#lookAgain())
    })
  }

  /** Half-written or wrong files change nothing; the reason is said once. */
  async #lookAtFiles(files: SignerFiles): Promise<void> {
    const { ttlMs, overlapMs, clock, logger, audit } = this.#options
    try {
      const signer = readSignerFiles(files, ttlMs)
      if (!this.#isKnown(signer)) {
        await tryOut(signer, this.trustDomain, clock.wall())
        this.#keeper.change(adoptFiles(this.#keeper.rotation, signer, clock.wall(), overlapMs))
        audit.append({ event: 'root', by: 'authority', reason: `the authority's files changed: ${files.cert}` })
        logger.info('the files of the authority changed', { cert: files.cert })
      }
      this.#filesProblem = undefined
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== this.#filesProblem) logger.warn('the files of the authority changed and are refused', { reason })
      this.#filesProblem = reason
    }
  }

  #isKnown({ cert, chain, roots }: Rotation['current']): boolean {
    const { current, next } = this.#keeper.rotation
    const newest = next?.signer ?? current
    return cert === newest.cert && chain.join('') === newest.chain.join('') && roots.join('') === newest.roots.join('')
  }
}

async function firstRotation({ folder, files, ttlMs, trustDomain, clock, overlapMs }: CertificateAuthorityOptions): Promise<Rotation> {
  const stored = loadRotation(folder)
  const now = clock.wall()
  if (files === null) return adoptOwn(stored, () => makeRoot(now, ttlMs), now, overlapMs)
  const signer = readSignerFiles(files, ttlMs)
  await tryOut(signer, trustDomain, now)
  return adoptFiles(stored, signer, now, overlapMs)
}
