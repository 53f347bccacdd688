/**
 * One config stream as the sidecar sees it: an HTTP/2 call on a connection of its own, lines both ways, until one side ends it.
 *
 * Invariants: it ends when nothing was heard for three heartbeats, whatever the connection says; its end is told once, with a reason.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { type FromControlPlane, fromControlPlane, type FromSidecar, heartbeatMs, maxLineBytes } from '../config/push/messages.ts'
import { LineReader } from '../http/line-reader.ts'
import type { Clock, Timer } from '../runtime/clock.ts'

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
  onEnd(reason: string): void
}

/** Until the control plane has answered. */
const openTimeoutMs = 10_000
const deadAfterMs = 3 * heartbeatMs
const maxProblemBytes = 16 * 1024

export class StreamConnection {
  readonly #session: ClientHttp2Session
  readonly #stream: ClientHttp2Stream
  readonly #clock: Clock
  readonly #lines = new LineReader(maxLineBytes, (line) => this.#owner?.onMessage(readMessage(line)))
  #owner: StreamConnectionOwner | null
  #status = 0
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
  end(reason: string): void {
    const owner = this.#owner
    if (owner === null) return
    this.#owner = null
    this.#timer.cancel()
    this.#session.destroy()
    owner.onEnd(reason)
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
    if (status !== 200) return
    this.#timer.cancel()
    this.#arm()
    const time = Date.parse(String(date))
    this.#owner?.onOpen(Number.isNaN(time) ? null : time)
  }

  #onData(chunk: Buffer): void {
    this.#heardAt = this.#clock.now()
    if (this.#status !== 200) return this.#onProblem(chunk)
    try {
      this.#lines.push(chunk)
    } catch (error) {
      this.end(`not understood: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #onProblem(chunk: Buffer): void {
    if (this.#problem.length < maxProblemBytes) this.#problem += chunk.toString('utf8')
  }

  #onEnd(): void {
    if (this.#status === 200) return this.end('the control plane ended the stream')
    this.end(`the control plane refused (${this.#status}): ${detailIn(this.#problem)}`)
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

/** @throws an Error for what is no message. */
function readMessage(line: string): FromControlPlane {
  const { success, data, error } = fromControlPlane.safeParse(JSON.parse(line))
  if (success) return data
  const [issue] = error.issues
  throw new Error(`a message of the wrong form at ${issue?.path.map(String).join('.').slice(0, 100) ?? ''}`)
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
