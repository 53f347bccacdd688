/**
 * One kept-alive connection of the load generator: at most one call at a time, over a raw socket.
 *
 * Invariant: each `send` is answered by exactly one `onAnswer`, unless `close` comes first.
 * A connection that broke is opened again by the next `send`, and the call that it broke under counts as failed.
 */
import { type Socket, connect } from 'node:net'
import { responseExtent } from './response.ts'

/** Stands for a call that got no response: refused, reset or cut off. */
export const noAnswer = 0

export class LoadConnection {
  readonly #port: number
  readonly #request: Buffer
  readonly #onAnswer: (status: number) => void
  #socket: Socket | null = null
  #waiting = false
  #received: Buffer | null = null

  constructor(port: number, request: Buffer, onAnswer: (status: number) => void) {
    this.#port = port
    this.#request = request
    this.#onAnswer = onAnswer
  }

  send(): void {
    this.#waiting = true
    this.#socket ??= this.#open()
    this.#socket.write(this.#request)
  }

  close(): void {
    this.#waiting = false
    this.#received = null
    this.#socket?.destroy()
    this.#socket = null
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    // What happened is told by `close`, which follows every error.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose(socket))
    return socket
  }

  #onData(chunk: Buffer): void {
    const bytes = this.#received === null ? chunk : Buffer.concat([this.#received, chunk])
    const extent = responseExtent(bytes)
    if (extent !== undefined && bytes.length >= extent.length) return this.#answered(extent.status)
    this.#received = bytes
  }

  #onClose(socket: Socket): void {
    if (socket !== this.#socket) return
    const status = this.#received === null ? undefined : responseExtent(this.#received)
    this.#socket = null
    if (this.#waiting) this.#answered(status?.length === Number.POSITIVE_INFINITY ? status.status : noAnswer)
  }

  #answered(status: number): void {
    this.#received = null
    this.#waiting = false
    this.#onAnswer(status)
  }
}
