/**
 * HTTP/2 callers on one shared connection that is replaced when it ends: plain calls, gRPC-like ones, and such as give up.
 */
import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2'
import { type Caller, type Callers, errorOutcome, outcomeOf, patienceMs } from './caller.ts'

/** One gRPC message (length-prefixed) of 5 bytes. */
const message = Buffer.from([0, 0, 0, 0, 5, 104, 101, 108, 108, 111])
/** Calls on one connection; then a new one is opened, so that connections come and go. */
const callsPerSession = 500

export class Http2Callers {
  readonly #callers: Callers
  #session: ClientHttp2Session | null = null
  #left = 0

  constructor(callers: Callers) {
    this.#callers = callers
  }

  readonly plain: Caller = () => this.#call('http2', { ':path': this.#callers.random.pick(['/catalog/1', '/mirrored/1', '/first']) }, [])

  readonly grpc: Caller = () => {
    const headers = { ':path': '/soak.Calls/Echo', ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }
    return this.#call(
      'grpc',
      headers,
      Array.from({ length: 1 + this.#callers.random.below(10) }, () => message),
    )
  }

  /** Resets the stream soon after it was opened. */
  readonly reset: Caller = () =>
    this.#call('http2 reset', { ':path': '/catalog/bytes/100000', ':method': 'POST' }, [message], this.#callers.random.below(5))

  /** Lets the last connection go. */
  close(): void {
    this.#session?.close()
  }

  #open(): ClientHttp2Session {
    const known = this.#session
    if (known !== null && !known.closed && !known.destroyed && this.#left-- > 0) return known
    known?.close()
    const session = connect(`http://127.0.0.1:${this.#callers.port}`)
    session.on('error', () => undefined)
    this.#left = callsPerSession
    this.#session = session
    return session
  }

  #call(kind: string, headers: OutgoingHttpHeaders, messages: readonly Buffer[], resetAfterMs = -1): Promise<void> {
    return new Promise((resolve) => {
      const stream = this.#open().request({ ':authority': 't.test', ...headers }, { endStream: messages.length === 0 })
      let outcome = 'closed without an answer'
      const patience = setTimeout(() => {
        outcome = `stuck ${String(headers[':path'])}`
        stream.close(constants.NGHTTP2_CANCEL)
      }, patienceMs)
      stream.on('response', ({ ':status': status, 'x-tandem-flags': flags, 'grpc-status': grpc }) => {
        outcome = outcomeOf(status, flags) + (grpc === undefined ? '' : ` grpc ${String(grpc)}`)
      })
      stream.on('trailers', ({ 'grpc-status': grpc }) => void (outcome += ` grpc ${String(grpc)}`))
      stream.on('error', (error) => void (outcome = errorOutcome(error)))
      stream.on('close', () => {
        clearTimeout(patience)
        this.#callers.tally.count(kind, outcome)
        resolve()
      })
      stream.resume()
      for (const each of messages) stream.write(each)
      stream.end()
      if (resetAfterMs >= 0) setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), resetAfterMs)
    })
  }
}
