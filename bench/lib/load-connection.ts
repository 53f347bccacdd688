/**
 * One kept-alive connection of the load generator: at most one call at a time, over a raw socket or TLS.
 *
 * Invariant: each `send` is answered by exactly one `onAnswer`, unless `close` comes first.
 * A connection that broke is opened again by the next `send`, and the call that it broke under counts as failed.
 */
import { readFileSync } from 'node:fs'
import { type Socket, type TcpNetConnectOpts, connect } from 'node:net'
import { type SecureContext, connect as connectTls, createSecureContext } from 'node:tls'
import { ResponseReader } from './response.ts'
import { type CallerTls, type Target, serverName } from './target.ts'

/** Opens connections to one target. */
export type Opener = (options: Partial<TcpNetConnectOpts>) => Socket

/** All connections of a load read into the same bytes, one after the other. */
const received = Buffer.allocUnsafe(256 * 1_024)

function contextOf({ ca, cert, key }: CallerTls): SecureContext {
  return createSecureContext({ ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.3' })
}

/** Whose certificate it is, is not what is measured: sidecars show an identity and no host name. */
export function opener({ port, tls }: Target): Opener {
  const place = { port, host: '127.0.0.1', noDelay: true }
  if (tls === null) return (options) => connect({ ...place, ...options })
  const secureContext = contextOf(tls)
  return (options) => connectTls({ ...place, ...options, secureContext, servername: serverName, checkServerIdentity: () => undefined })
}

export class LoadConnection {
  readonly #open: Opener
  readonly #onAnswer: (status: number) => void
  readonly #reader = new ResponseReader()
  #socket: Socket | null = null
  #waiting = false

  constructor(open: Opener, onAnswer: (status: number) => void) {
    this.#open = open
    this.#onAnswer = onAnswer
  }

  send(request: Buffer): void {
    this.#waiting = true
    this.#socket ??= this.#opened()
    this.#socket.write(request)
  }

  close(): void {
    this.#waiting = false
    this.#reader.reset()
    this.#socket?.destroy()
    this.#socket = null
  }

  #opened(): Socket {
    const socket = this.#open({ onread: { buffer: received, callback: (bytes) => this.#onBytes(socket, bytes) } })
    // What happened is told by `close`, which follows every error.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose(socket))
    return socket
  }

  /** @returns true: go on reading. */
  #onBytes(socket: Socket, bytes: number): boolean {
    if (socket !== this.#socket || !this.#waiting) return true
    const status = this.#reader.take(received.subarray(0, bytes))
    if (status >= 0) this.#answered(status)
    return true
  }

  #onClose(socket: Socket): void {
    if (socket !== this.#socket) return
    this.#socket = null
    const status = this.#reader.end()
    if (this.#waiting) this.#answered(status)
  }

  #answered(status: number): void {
    this.#waiting = false
    this.#onAnswer(status)
  }
}
