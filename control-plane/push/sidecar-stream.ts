/**
 * One config stream as the control plane sees it: lines in, lines out, and when it has to end.
 *
 * Invariants: nothing but well-formed messages get through, `hello` first and only once; a stream that is silent, garbled or without
 * `hello` ends after its limit; nothing is queued on one that is not read. What is said on it is sidecar-session.ts's business.
 */
import type { Duplex } from 'node:stream'
import { type FromSidecar, fromSidecar, heartbeatMs } from '../../proxy/config/push/messages.ts'
import { LineReader } from '../../proxy/http/line-reader.ts'
import type { Clock, Timer } from '../../proxy/runtime/clock.ts'
import { headOf, heartbeatLine, type PushLine } from './push-lines.ts'

/** What sidecars say is short, reasons included; only snapshots are as long as `maxLineBytes`. */
const maxLineFromSidecar = 256 * 1024
/** From the start of the stream to the end of its first line. */
const helloTimeoutMs = 10_000
/** What one stream may hold of a line in copies of its own (HTTP/2, TLS), whatever window its reader announces. */
const pieceBytes = 32 * 1024
const nothing = Buffer.alloc(0)
const deadAfterMs = 3 * heartbeatMs

export type Hello = Extract<FromSidecar, { type: 'hello' }>
export type Message = Exclude<FromSidecar, Hello>

export interface StreamOwner {
  onHello(hello: Hello): void
  onMessage(message: Message): void
  /** The stream is free again. */
  onDrain(): void
  /** Once, and last. @param reason undefined when the sidecar ended it in order. */
  onEnd(reason: string | undefined): void
}

export class SidecarStream {
  readonly #duplex: Duplex
  readonly #clock: Clock
  readonly #lines = new LineReader(maxLineFromSidecar, (line) => this.#onLine(line))
  #owner: StreamOwner | null
  #greeted = false
  /** The rest of the line that is being sent. */
  #unsent: Buffer = nothing
  /** Waits for the stream to be free. */
  #bundle: Buffer | null = null
  #heardAt: number
  #timer: Timer

  constructor(duplex: Duplex, owner: StreamOwner, clock: Clock) {
    this.#duplex = duplex
    this.#owner = owner
    this.#clock = clock
    this.#heardAt = clock.now()
    this.#timer = clock.after(helloTimeoutMs, () => this.#beat())
    duplex.on('data', (chunk: Buffer) => this.#onData(chunk))
    duplex.on('drain', () => this.#onDrain())
    // Node says `end` of a stream that was cut off too, after `aborted`.
    duplex.on('aborted', () => this.end('the connection was lost'))
    duplex.on('end', () => this.end(undefined))
    duplex.on('error', (error) => this.end(error.message))
    duplex.on('close', () => this.end('the connection was lost'))
  }

  /** False while what was sent before still waits to be read; `onDrain` follows. */
  get isFree(): boolean {
    return this.#owner !== null && this.#unsent.length === 0 && !this.#duplex.writableNeedDrain
  }

  /** Only when it is free: lines must not run into one another. */
  send(line: PushLine, nonce: string): void {
    // Head and beginning in one write: a short line is one record of TLS.
    this.#duplex.cork()
    this.#duplex.write(headOf(line, nonce))
    this.#unsent = line.rest
    this.#flow()
    this.#duplex.uncork()
  }

  /** The newest takes the place of one that still waits. */
  sendTrustBundle(line: Buffer): void {
    this.#bundle = line
    if (this.isFree) this.#onDrain()
  }

  /** @param reason for the log; undefined for an end in order, after which the sidecar comes back. */
  end(reason: string | undefined): void {
    const owner = this.#owner
    if (owner === null) return
    this.#owner = null
    this.#timer.cancel()
    this.#unsent = nothing
    if (reason === undefined) this.#duplex.end()
    else this.#duplex.destroy()
    owner.onEnd(reason)
  }

  #flow(): void {
    while (this.#unsent.length > 0 && !this.#duplex.writableNeedDrain) {
      this.#duplex.write(this.#unsent.subarray(0, pieceBytes))
      this.#unsent = this.#unsent.subarray(pieceBytes)
    }
  }

  #onDrain(): void {
    this.#flow()
    if (!this.isFree) return
    if (this.#bundle !== null) this.#duplex.write(this.#bundle)
    this.#bundle = null
    this.#owner?.onDrain()
  }

  #onData(chunk: Buffer): void {
    if (this.#owner === null) return
    this.#heardAt = this.#clock.now()
    try {
      this.#lines.push(chunk)
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error))
    }
  }

  #onLine(line: string): void {
    if (this.#owner === null) return
    const message = readMessage(line)
    if ((message.type === 'hello') === this.#greeted) throw new Error(this.#greeted ? 'a second `hello`' : 'expected `hello` first')
    if (message.type !== 'hello') return this.#owner.onMessage(message)
    this.#greeted = true
    this.#timer.cancel()
    this.#arm()
    this.#owner.onHello(message)
  }

  #arm(): void {
    this.#timer = this.#clock.after(heartbeatMs, () => this.#beat())
  }

  #beat(): void {
    if (!this.#greeted) return this.end(`no \`hello\` within ${helloTimeoutMs} ms`)
    if (this.#clock.now() - this.#heardAt >= deadAfterMs) return this.end(`nothing was heard for ${deadAfterMs} ms`)
    if (this.isFree) this.#duplex.write(heartbeatLine)
    this.#arm()
  }
}

/** @throws an Error that says what is wrong with it, without repeating it. */
function readMessage(line: string): FromSidecar {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Error('a line that is no JSON')
  }
  const { success, data, error } = fromSidecar.safeParse(value)
  if (success) return data
  const [issue] = error.issues
  throw new Error(`a message of the wrong form at \`${issue?.path.map(String).join('.').slice(0, 100) ?? ''}\``)
}
