/**
 * The server side of mTLS on an accepted socket: TLS 1.3 with a client certificate, and the peer's identity checked.
 *
 * Invariants: exactly one of the outcomes is told, unless the handshake is cancelled; only a caller whose certificate
 * `verifyPeer` accepted gets through. Sessions are never resumed: trust that was withdrawn counts on the next connection.
 */
import type { Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import { tlsReason } from '../error/node-error.ts'
import { ProxyError } from '../error/proxy-error.ts'
import type { Peer } from '../http/peer.ts'
import type { WorkloadIdentity } from '../identity/identity.ts'
import { tls } from '../runtime/on-demand.ts'
import { presentedBy } from '../transport/peer-chain.ts'

export interface HandshakeOutcome {
  onSecured(socket: TLSSocket, peer: Peer): void
  /** The caller was not let in; the socket is destroyed. */
  onRefused(error: ProxyError): void
}

/** A server's TLS socket without a tls.Server, which could not take a context that is already there; it does for itself what that would do. */
function acceptTls(below: Socket, secureContext: SecureContext): TLSSocket {
  // The chain is judged by `verifyPeer`, which knows SPIFFE ids and says why; OpenSSL would only say no.
  const judgedByUs = { requestCert: true, rejectUnauthorized: false }
  const socket = new (tls().TLSSocket)(below, { isServer: true, secureContext, ...judgedByUs, ALPNProtocols: ['h2', 'http/1.1'] })
  // node:http2 waits for a connection that says so.
  socket.once('secure', () => Object.assign(socket, { secureConnecting: false }))
  // Without it, a record that cannot be read after the handshake would leave the connection standing.
  socket.on('_tlsError', (error: Error) => socket.destroy(error))
  // Node can reset TCP only.
  socket.resetAndDestroy = () => {
    below.resetAndDestroy()
    return socket
  }
  return socket
}

export class TlsHandshake {
  readonly #identity: WorkloadIdentity
  readonly #outcome: HandshakeOutcome
  readonly #localId: string
  readonly #notAfter: number
  readonly #socket: TLSSocket

  /** @param socket paused; what was read of it before has been given back to it. */
  static begin(socket: Socket, identity: WorkloadIdentity | undefined, outcome: HandshakeOutcome): TlsHandshake | null {
    const context = identity?.secureContext() ?? null
    const localId = identity?.spiffeId ?? null
    if (identity !== undefined && context !== null && localId !== null) {
      return new TlsHandshake(identity, localId, acceptTls(socket, context), outcome)
    }
    socket.destroy()
    outcome.onRefused(refusal(`this workload has no certificate (${identity?.problem() ?? 'no identity is configured'})`))
    return null
  }

  private constructor(identity: WorkloadIdentity, localId: string, socket: TLSSocket, outcome: HandshakeOutcome) {
    this.#identity = identity
    this.#localId = localId
    this.#notAfter = identity.notAfter ?? Number.POSITIVE_INFINITY
    this.#socket = socket
    this.#outcome = outcome
    socket.once('secure', this.#onSecure).once('error', this.#onError).once('end', this.#onClose).once('close', this.#onClose)
  }

  cancel(): void {
    this.#release()
    this.#socket.destroy()
  }

  readonly #onSecure = (): void => {
    const refused = this.#check()
    if (refused !== null) this.#refuse(refused)
  }

  /** Hands the socket on, or @returns why it is not. */
  #check(): ProxyError | null {
    const socket = this.#socket
    if (socket.isSessionReused()) return refusal('the caller resumed a session')
    const presented = presentedBy(socket)
    if (presented === null) return refusal('the caller presented no certificate')
    const { chain, notAfter } = presented
    const verdict = this.#identity.verifyPeer(chain, 'client')
    if ('refused' in verdict) return refusal(`the caller's certificate is refused: ${verdict.refused}`)
    this.#release()
    this.#outcome.onSecured(socket, {
      id: verdict.id,
      certificate: chain[0],
      localId: this.#localId,
      validUntil: Math.min(notAfter, this.#notAfter),
    })
    return null
  }

  readonly #onError = (error: Error): void => {
    this.#refuse(new ProxyError('bad_request', { detail: `the TLS handshake failed: ${tlsReason(error)}`, cause: error }))
  }

  readonly #onClose = (): void => {
    this.#refuse(new ProxyError('bad_request', { detail: 'the caller closed the connection within the TLS handshake' }))
  }

  #refuse(error: ProxyError): void {
    this.cancel()
    this.#outcome.onRefused(error)
  }

  #release(): void {
    this.#socket.off('secure', this.#onSecure).off('error', this.#onError).off('end', this.#onClose).off('close', this.#onClose)
    // A late error of a connection that was given up interests nobody, but would end the process unheard.
    this.#socket.on('error', () => undefined)
  }
}

function refusal(detail: string): ProxyError {
  return new ProxyError('forbidden', { detail })
}
