/**
 * A caller's connection on an inbound listener: mTLS, or where the listener permits it plain text, told by the first byte.
 *
 * Invariant: it becomes a served connection only by a handshake that proved the caller's identity, or as permitted plain text;
 * everything else is closed and reported. Until then it has nothing in progress.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { ProxyError } from '../error/proxy-error.ts'
import type { Peer } from '../http/peer.ts'
import type { ServerConnection } from '../http/server-connection.ts'
import type { WorkloadIdentity } from '../identity/identity.ts'
import { endCalledSide } from '../transport/certificate-end.ts'
import { MovableTimer } from '../transport/http1/movable-timer.ts'
import { DetectedConnection, type Serving } from './protocol-detection.ts'
import { type HandshakeOutcome, TlsHandshake } from './tls-handshake.ts'

/** ContentType `handshake` of a TLS record (RFC 8446 section 5.1); no HTTP message begins with it. */
const tlsHandshakeRecord = 0x16

export interface MeshServing extends Serving {
  /** Without one every handshake is refused. */
  readonly identity: WorkloadIdentity | undefined
  readonly mtls: 'strict' | 'permissive'
  /** A caller that was not let in. */
  onRefused(error: ProxyError, callerAddress: string): void
}

function ignore(): void {
  // A broken socket says so by `close` as well, or to whom it was handed on.
}

export class InboundConnection implements ServerConnection, HandshakeOutcome {
  readonly #socket: Socket
  readonly #serving: MeshServing
  /** Kept: a socket that has closed has forgotten it. */
  readonly #callerAddress: string
  readonly #timer: MovableTimer
  #handshake: TlsHandshake | null = null
  #served: ServerConnection | null = null

  constructor(socket: Socket, serving: MeshServing) {
    this.#socket = socket
    this.#serving = serving
    this.#callerAddress = socket.remoteAddress ?? ''
    this.#timer = new MovableTimer(serving.clock, this.#onTimeLimit)
    // Who speaks TLS has something to say at once; plain HTTP connections are also opened in advance.
    this.#timer.set(serving.mtls === 'strict' ? serving.limits.headTimeoutMs : serving.limits.idleTimeoutMs)
    socket.on('data', this.#onData).on('end', this.#giveUp).on('error', this.#giveUp).on('close', this.#giveUp)
  }

  get active(): number {
    return this.#served?.active ?? 0
  }

  drain(): void {
    if (this.#served === null) this.#giveUp()
    else this.#served.drain()
  }

  destroy(): void {
    if (this.#served === null) this.#giveUp()
    else this.#served.destroy()
  }

  onSecured(socket: TLSSocket, peer: Peer): void {
    this.#timer.cancel()
    const served = new DetectedConnection(socket, this.#serving, peer)
    this.#served = served
    endCalledSide(this.#serving.clock, socket, peer.validUntil, () => served.drain())
  }

  onRefused(error: ProxyError): void {
    this.#timer.cancel()
    this.#serving.onRefused(error, this.#callerAddress)
  }

  readonly #onData = (chunk: Buffer): void => {
    const socket = this.#socket
    socket.off('data', this.#onData).off('end', this.#giveUp).off('error', this.#giveUp).off('close', this.#giveUp)
    socket.on('error', ignore).pause()
    socket.unshift(chunk)
    if (chunk[0] === tlsHandshakeRecord) this.#beginHandshake()
    else if (this.#serving.mtls === 'permissive') this.#servePlain()
    else this.#refusePlain()
  }

  #beginHandshake(): void {
    this.#timer.set(this.#serving.limits.headTimeoutMs)
    this.#handshake = TlsHandshake.begin(this.#socket, this.#serving.identity, this)
  }

  #servePlain(): void {
    this.#timer.cancel()
    this.#served = new DetectedConnection(this.#socket, this.#serving)
    this.#socket.resume()
  }

  #refusePlain(): void {
    this.#socket.destroy()
    this.onRefused(new ProxyError('bad_request', { detail: 'the caller spoke plain text, and only mTLS is taken here (mtls: strict)' }))
  }

  readonly #onTimeLimit = (): void => {
    const { headTimeoutMs } = this.#serving.limits
    if (this.#handshake === null) return this.#giveUp()
    this.#giveUp()
    this.onRefused(new ProxyError('head_timeout', { detail: `the TLS handshake did not end within ${headTimeoutMs} ms` }))
  }

  /** Nothing was asked, so nothing is answered. */
  readonly #giveUp = (): void => {
    this.#timer.cancel()
    this.#handshake?.cancel()
    this.#socket.destroy()
  }
}
