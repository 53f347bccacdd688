/**
 * Bytes on their way out of one socket: everything that is written while another socket is read leaves in one system call.
 *
 * Heads and small bodies are joined to one string, large chunks go as they are, corked together with it. When it is written says write-turn.ts.
 * Whoever writes must be the only writer of the socket.
 */
import type { Socket } from 'node:net'
import { giveBack } from '../../runtime/read-buffers.ts'
import { writeSoon } from './write-turn.ts'

/** Below this, copying costs less than one more buffer in a write. */
const joinedBytes = 4096
/** Node writes strings up to this length without allocating. */
const flushBytes = 16_384

export class Output {
  readonly #socket: Socket
  #text = ''
  #isScheduled = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** @param text latin1. */
  text(text: string): void {
    if (this.#text.length + text.length > flushBytes) this.#writeText()
    this.#text += text
    this.#schedule()
  }

  /** @returns false when the peer is slower than us: stop until the socket's `drain`. */
  bytes(chunk: Buffer): boolean {
    if (chunk.length > joinedBytes) return this.#writeLarge(chunk)
    this.text(chunk.toString('latin1'))
    giveBack(chunk)
    return this.#takesMore
  }

  /** One chunk of the chunked coding (RFC 9112 section 7.1). An empty one would end the body, and is left out. */
  chunk(chunk: Buffer): boolean {
    if (chunk.length === 0) return this.#takesMore
    this.text(`${chunk.length.toString(16)}\r\n`)
    const ready = this.bytes(chunk)
    this.text('\r\n')
    return ready
  }

  flush(): void {
    this.#isScheduled = false
    this.#writeText()
  }

  /** What the kernel has taken at once does not count, though Node would say `drain` for it. */
  get #takesMore(): boolean {
    const socket = this.#socket
    return socket.writableLength < socket.writableHighWaterMark
  }

  /** At once: it is one system call in any case, and so the next one can be read. */
  #writeLarge(chunk: Buffer): boolean {
    const socket = this.#socket
    if (!socket.writable) return true
    socket.cork()
    this.#writeText()
    socket.write(chunk)
    socket.uncork()
    if (socket.writableLength === 0) giveBack(chunk)
    return this.#takesMore
  }

  #writeText(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    if (this.#socket.writable) this.#socket.write(text, 'latin1')
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    writeSoon(this)
  }
}
