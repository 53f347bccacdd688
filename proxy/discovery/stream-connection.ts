/**
 * One config stream as the sidecar sees it: an HTTP/2 call on a connection of its own, lines both ways, until one side ends it.
 *
 * Invariants: it ends when nothing was heard for three heartbeats, whatever the connection says; its end is told once, with a reason.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { type FromControlPlane, type FromSidecar, heartbeatMs, maxLineBytes } from '../config/push/messages.ts'
import { readMessage } from '../config/push/read-message.ts'
import { LineReader } from '../http/line-reader.ts'
import type { Clock, Timer } from '../runtime/clock.ts'
import { inSlices } from '../runtime/steps.ts'

/** A connection to the config port whose server has been checked. `IdentityClient.connectControlPlane` makes them. */
export interface ControlPlaneLink {
  readonly socket: TLSSocket
  /** The value of the header field; undefined where the client certificate says who this is. */
  readonly authorization: string | undefined
}

export interface StreamConnectionOwner {
  /** The control plane has accepted the stream. @param time what time it is there, epoch milliseconds; null where it did not say. */
  onOpen(time: number | null): void
  onMessage(message: FromControlPlane): void
  /** A heartbeat is due. */
  onBeat(): void
  /** @param refusal where the control plane answered, and did not accept the stream. */
  onEnd(reason: string, refusal?: Refusal): void
}

export interface Refusal {
  readonly status: number
  /** What time it is there, as `onOpen` has it. */
  readonly time: number | null
}

/** For the end of the stream to be written. */
const leaveTimeoutMs = 1_000
/** Until the control plane has answered. */
const openTimeoutMs = 10_000
const deadAfterMs = 3 * heartbeatMs
const maxProblemBytes = 16 * 1024

export class StreamConnection {
  readonly #session: ClientHttp2Session
  readonly #stream: ClientHttp2Stream
  readonly #clock: Clock
  readonly #lines = new LineReader(maxLineBytes, (line) => this.#onLine(line))
  /** Lines that wait for the one before them to be read. */
  readonly #unread: string[] = []
  #reading = false
  #owner: StreamConnectionOwner | null
  #status = 0
  #time: number | null = null
  #problem = ''
  #heardAt: number
  #timer: Timer

  /** @param url of the control plane. */
  constructor(url: string, { socket, authorization }: ControlPlaneLink, owner: StreamConnectionOwner, clock: Clock) {
    this.#owner = owner
    this.#clock = clock
    this.#heardAt = clock.now()
    this.#timer = clock.after(openTimeoutMs, () => this.end(`no answer within ${openTimeoutMs / 1000} s`))
    this.#session = connect(url, { createConnection: () => socket, settings: { enablePush: false } })
    this.#session.on('error', (error) => this.end(error.message))
    this.#session.on('close', () => this.end('the connection was closed'))
    this.#stream = this.#session.request({
      ':method': 'POST',
      ':path': '/v1/config',
      'content-type': 'application/x-ndjson',
      ...(authorization === undefined ? {} : { authorization }),
    })
    this.#listen()
  }

  /** Nothing is queued for a control plane that does not read: it will be taken for dead anyway. */
  send(message: FromSidecar): void {
    if (this.#owner === null || this.#stream.writableNeedDrain) return
    this.#stream.write(`${JSON.stringify(message)}\n`)
  }

  /** @param reason for the log. */
  end(reason: string, refusal?: Refusal): void {
    const owner = this.#released()
    if (owner === null) return
    this.#session.destroy()
    owner.onEnd(reason, refusal)
  }

  /** Ends the stream in order: the control plane is told that this is no failure. What it still says is not read. */
  leave(reason: string): void {
    const owner = this.#released()
    if (owner === null) return
    const limit = this.#clock.after(leaveTimeoutMs, () => this.#session.destroy())
    this.#stream.end(() => {
      limit.cancel()
      this.#session.destroy()
    })
    owner.onEnd(reason)
  }

  #released(): StreamConnectionOwner | null {
    const owner = this.#owner
    this.#owner = null
    this.#timer.cancel()
    return owner
  }

  #listen(): void {
    const stream = this.#stream
    stream.on('error', (error: Error) => this.end(error.message))
    stream.on('response', ({ ':status': status, date }) => this.#onResponse(Number(status), date))
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
    stream.on('end', () => this.#onEnd())
    stream.on('close', () => this.end('the stream was closed'))
  }

  #onResponse(status: number, date: unknown): void {
    this.#status = status
    const time = Date.parse(String(date))
    this.#time = Number.isNaN(time) ? null : time
    if (status !== 200) return
    this.#timer.cancel()
    this.#arm()
    this.#owner?.onOpen(this.#time)
  }

  #onData(chunk: Buffer): void {
    this.#heardAt = this.#clock.now()
    if (this.#status !== 200) return this.#onProblem(chunk)
    try {
      this.#lines.push(chunk)
    } catch (error) {
      this.#notUnderstood(error)
    }
  }

  #onLine(line: string): void {
    this.#unread.push(line)
    if (!this.#reading) void this.#readAll()
  }

  /** In slices, since a line may hold thousands of routes: calls go on in between, and nothing more is taken in meanwhile. */
  async #readAll(): Promise<void> {
    this.#reading = true
    this.#stream.pause()
    try {
      for (let line = this.#unread.shift(); line !== undefined; line = this.#unread.shift()) {
        const message = await inSlices(readMessage(line), this.#clock)
        this.#owner?.onMessage(message)
      }
    } catch (error) {
      this.#notUnderstood(error)
    }
    this.#reading = false
    this.#stream.resume()
  }

  #notUnderstood(error: unknown): void {
    this.end(`not understood: ${error instanceof Error ? error.message : String(error)}`)
  }

  #onProblem(chunk: Buffer): void {
    if (this.#problem.length < maxProblemBytes) this.#problem += chunk.toString('utf8')
  }

  #onEnd(): void {
    if (this.#status === 200) return this.end('the control plane ended the stream')
    const refusal = { status: this.#status, time: this.#time }
    this.end(`the control plane refused (${this.#status}): ${detailIn(this.#problem)}`, refusal)
  }

  #arm(): void {
    this.#timer = this.#clock.after(heartbeatMs, () => this.#beat())
  }

  #beat(): void {
    if (this.#clock.now() - this.#heardAt >= deadAfterMs) return this.end(`nothing was heard for ${deadAfterMs / 1000} s`)
    this.#arm()
    this.#owner?.onBeat()
  }
}

/** Of a problem (RFC 9457), else the beginning of whatever it is. */
function detailIn(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // No problem document: what came is shown as it is.
  }
  return text.slice(0, 200)
}
