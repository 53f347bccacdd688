/**
 * Join tokens: each lets one workload ask for its certificate. `tj_<id>_<secret>`, the secret being 32 random bytes, base64url.
 *
 * Invariant: only hashes are kept, and compared in constant time (a plain SHA-256 is enough for 256 random bits).
 * Guessing is limited per address; expired and revoked tokens are no guesses.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../proxy/runtime/clock.ts'
import { type Attested, type JoinTokens, RefusedRequest, type TokenFacts, type WantedToken } from './authority.ts'
import { GuessLimit } from './guess-limit.ts'
import type { StateFolder } from './state-folder.ts'
import { loadTokens, type StoredToken, saveTokens } from './stored-tokens.ts'

export interface Tokens extends JoinTokens {
  /** @returns the workload that this token is for; undefined when it is not known any more. */
  workloadOf(id: string): string | undefined
  /** @returns why certificates that began with this token are not renewed; undefined when they are. */
  ended(id: string): string | undefined
  /** @param revoked called after each revocation, once it is on disk. */
  onRevoked(revoked: (id: string, reason: string) => void): void
}

const shape = /^tj_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/
/** What Kubernetes allows for either (RFC 1123), which is within what SPIFFE allows in a path. */
const namespaceShape = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const accountShape = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
/** Compared with when the id is unknown, so that this takes as long. */
const nobody = Buffer.alloc(32)

/** @throws an Error that says what to do about a damaged file. */
export function openTokens(folder: StateFolder, clock: Clock): Tokens {
  return new FileTokens(folder, clock)
}

class FileTokens implements Tokens {
  readonly #folder: StateFolder
  readonly #clock: Clock
  readonly #limit: GuessLimit
  readonly #listeners = new Set<(id: string, reason: string) => void>()
  #tokens: ReadonlyMap<string, StoredToken>

  constructor(folder: StateFolder, clock: Clock) {
    this.#folder = folder
    this.#clock = clock
    this.#limit = new GuessLimit(clock)
    this.#tokens = new Map(loadTokens(folder).map((token) => [token.id, token]))
  }

  async create({ namespace, account, workload = account, ttlMs }: WantedToken) {
    if (!namespaceShape.test(namespace)) throw new RefusedRequest('namespace: expected lower-case letters, digits and hyphens, at most 63')
    if (!accountShape.test(account)) throw new RefusedRequest('account: expected lower-case letters, digits, hyphens and dots, at most 253')
    const id = randomBytes(6).toString('hex')
    const secret = randomBytes(32).toString('base64url')
    const now = this.#clock.wall()
    const expiresAt = ttlMs === null ? null : new Date(now + ttlMs).toISOString()
    const createdAt = new Date(now).toISOString()
    const facts = { id, namespace, account, workload, createdAt, expiresAt, revoked: false }
    this.#put({ ...facts, sha256: hashOf(secret).toString('hex') })
    return { token: `tj_${id}_${secret}`, facts }
  }

  list(): readonly TokenFacts[] {
    return [...this.#tokens.values()].map((token) => {
      const { sha256: _sha256, ...facts } = { ...token, ...workloadIn(token) }
      return facts
    })
  }

  async revoke(id: string): Promise<boolean> {
    const token = this.#tokens.get(id)
    if (token === undefined) return false
    if (!token.revoked) this.#revoke(token)
    return true
  }

  onRevoked(revoked: (id: string, reason: string) => void): void {
    this.#listeners.add(revoked)
  }

  attest(token: string, from: string): Attested | { readonly refused: string; readonly silent?: boolean } {
    if (!this.#limit.mayGuess(from)) return { refused: 'too many wrong join tokens from this address; wait a minute', silent: true }
    const [, id = '', secret = ''] = shape.exec(token) ?? []
    const known = this.#tokens.get(id)
    const equal = timingSafeEqual(hashOf(secret), known === undefined ? nobody : Buffer.from(known.sha256, 'hex'))
    if (known === undefined || !equal) return this.#wrong(from)
    const refused = this.ended(id) ?? this.#expired(known)
    return refused === undefined ? { ...workloadIn(known), by: `token ${id}`, tokenId: id } : { refused }
  }

  workloadOf(id: string): string | undefined {
    const token = this.#tokens.get(id)
    return token === undefined ? undefined : workloadIn(token).workload
  }

  ended(id: string): string | undefined {
    const token = this.#tokens.get(id)
    if (token === undefined) return `the join token ${id} is not known any more`
    return token.revoked ? revokedReason(id) : undefined
  }

  #revoke(token: StoredToken): void {
    this.#put({ ...token, revoked: true })
    for (const revoked of this.#listeners) revoked(token.id, revokedReason(token.id))
  }

  #expired({ id, expiresAt }: StoredToken): string | undefined {
    if (expiresAt === null || this.#clock.wall() < Date.parse(expiresAt)) return undefined
    return `the join token ${id} expired at ${expiresAt}`
  }

  #wrong(from: string): { readonly refused: string } {
    const last = this.#limit.wrong(from) === 'last'
    return {
      refused: `not a join token of this control plane${last ? '; the last wrong one that is looked at from this address for a minute' : ''}`,
    }
  }

  /** On disk first. @throws what the file system throws, and changes nothing then. */
  #put(token: StoredToken): void {
    const next = new Map(this.#tokens).set(token.id, token)
    saveTokens(this.#folder, [...next.values()])
    this.#tokens = next
  }
}

function revokedReason(id: string): string {
  return `the join token ${id} was revoked`
}

function workloadIn({ namespace, account, workload = account }: StoredToken) {
  return { namespace, account, workload }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
