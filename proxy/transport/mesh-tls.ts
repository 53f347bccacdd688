/**
 * The client side of mTLS between workloads, for one connection: which certificate is shown, and whether the peer is who it has to be.
 *
 * Invariant: a connection is used only when `verifyPeer` accepted the peer's chain and its SPIFFE id is the one that was asked for.
 * Host names play no part in it.
 */
import { isIP } from 'node:net'
import type { ConnectionOptions, SecureContext, TLSSocket } from 'node:tls'
import type { Peer } from '../http/peer.ts'
import type { MeshTls } from './connection.ts'
import { presentedBy } from './peer-chain.ts'

export class MeshHandshake {
  readonly #tls: MeshTls
  readonly #secureContext: SecureContext
  readonly #localId: string
  readonly #notAfter: number

  /** @returns why it cannot be begun: there is no certificate, or none that is valid now. */
  static prepare(tls: MeshTls): MeshHandshake | string {
    const { identity } = tls
    const secureContext = identity.secureContext()
    if (secureContext !== null && identity.spiffeId !== null) return new MeshHandshake(tls, secureContext, identity.spiffeId)
    return `this workload has no certificate (${identity.problem() ?? 'none has come yet'})`
  }

  private constructor(tls: MeshTls, secureContext: SecureContext, localId: string) {
    this.#tls = tls
    this.#secureContext = secureContext
    this.#localId = localId
    this.#notAfter = tls.identity.notAfter ?? Number.POSITIVE_INFINITY
  }

  /** What `tls.connect` needs beside host, port and ALPN. OpenSSL's own verdict, which knows no SPIFFE ids, is not asked for. */
  options(host: string): ConnectionOptions {
    const base = { secureContext: this.#secureContext, rejectUnauthorized: false }
    return isIP(host) === 0 ? { ...base, servername: host } : base
  }

  /** @returns who the peer is, or why the connection cannot be used. */
  peerOf(socket: TLSSocket): Peer | string {
    const { identity, peerId } = this.#tls
    const presented = presentedBy(socket)
    if (presented === null) return `expected ${peerId}, found no certificate`
    const { chain, notAfter } = presented
    const verdict = identity.verifyPeer(chain, 'server')
    if ('refused' in verdict) return `expected ${peerId}, found a certificate that is refused: ${verdict.refused}`
    if (verdict.id !== peerId) return `expected ${peerId}, found ${verdict.id}`
    return { id: verdict.id, certificate: chain[0], localId: this.#localId, validUntil: Math.min(notAfter, this.#notAfter) }
  }
}
