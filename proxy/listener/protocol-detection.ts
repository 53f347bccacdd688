/**
 * Which protocol a caller speaks, told by its first bytes: HTTP/2 by its preface (RFC 9113 section 3.4), else HTTP/1.1.
 *
 * It waits only as long as the bytes could still become the preface; the first that differs decides.
 */
import type { Socket } from 'node:net'
import type { ListenerFacts } from '../http/exchange.ts'
import type { Peer } from '../http/peer.ts'
import type { ExchangeHandler, ServerConnection, ServerLimits } from '../http/server-connection.ts'
import type { Clock } from '../runtime/clock.ts'
import { MovableTimer } from '../transport/http1/movable-timer.ts'
import { serveHttp1 } from '../transport/http1/server.ts'
import { serveHttp2 } from '../transport/http2/server.ts'

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** @returns undefined while it may still become either. */
export function protocolOf(bytes: Buffer): 'http1' | 'http2' | undefined {
  const length = Math.min(bytes.length, preface.length)
  if (bytes.compare(preface, 0, length, 0, length) !== 0) return 'http1'
  return length === preface.length ? 'http2' : undefined
}

/** What is the same for every connection of a listener. */
export interface Serving {
  readonly facts: ListenerFacts
  readonly handler: ExchangeHandler
  readonly limits: ServerLimits
  readonly clock: Clock
}

/** A connection whose protocol its first bytes will tell; until then it has nothing in progress. */
export class DetectedConnection implements ServerConnection {
  readonly #socket: Socket
  readonly #serving: Serving
  readonly #peer: Peer | null
  readonly #timer: MovableTimer
  #bytes: Buffer | null = null
  #served: ServerConnection | null = null

  /** @param peer who the caller proved to be, where it did. */
  constructor(socket: Socket, serving: Serving, peer: Peer | null = null) {
    this.#socket = socket
    this.#serving = serving
    this.#peer = peer
    this.#timer = new MovableTimer(serving.clock, this.#giveUp)
    this.#timer.set(serving.limits.idleTimeoutMs)
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

  readonly #onData = (chunk: Buffer): void => {
    const bytes = this.#bytes === null ? chunk : Buffer.concat([this.#bytes, chunk])
    const protocol = protocolOf(bytes)
    if (protocol !== undefined) return this.#serve(protocol, bytes)
    if (this.#bytes === null) this.#timer.set(this.#serving.limits.headTimeoutMs)
    this.#bytes = bytes
  }

  #serve(protocol: 'http1' | 'http2', bytes: Buffer): void {
    const { facts, handler, limits, clock } = this.#serving
    this.#timer.cancel()
    this.#socket.off('data', this.#onData).off('end', this.#giveUp).off('error', this.#giveUp).off('close', this.#giveUp)
    this.#served =
      protocol === 'http1'
        ? serveHttp1(this.#socket, facts, handler, limits, clock, bytes, this.#peer)
        : serveHttp2(this.#socket, bytes, facts, handler, limits, clock, this.#peer)
  }

  /** Nothing was asked, so nothing is answered. */
  readonly #giveUp = (): void => {
    this.#timer.cancel()
    this.#socket.destroy()
  }
}
