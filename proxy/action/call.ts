/**
 * One call while it is being answered: what came in, how long there is left, and the one way in which it ends.
 *
 * Invariant: a call ends exactly once, by `finish`, and is observed with the status that the caller saw.
 * Actions decide what to answer; this file knows how a local answer is written and what ending means.
 */
import { problemReply } from '../error/problem.ts'
import { ProxyError } from '../error/proxy-error.ts'
import type { BodySource } from '../http/body.ts'
import type { Exchange } from '../http/exchange.ts'
import { grpcReply, isGrpc } from '../http/grpc.ts'
import type { HeaderList } from '../http/headers.ts'
import type { Clock } from '../runtime/clock.ts'
import type { CallObservation } from '../telemetry/telemetry.ts'

/** What an action is: it takes the call and sees to its end. Never throws, never returns a promise. */
export type Action = (call: Call) => void

export class Call {
  readonly exchange: Exchange
  readonly observation: CallObservation
  readonly clock: Clock
  /** Undefined until a route took the call. */
  route: string | undefined
  /** Normalised path and query: what was matched is what is sent. */
  path: string
  /** Host and port as upstreams are to see them. */
  authority: string
  /** Length of the path prefix that the route matched, for `pathPrefix` rewrites; 0 where it matched by none. */
  matchedPrefix = 0
  /** On `clock.now`; Infinity for none. */
  deadline = Number.POSITIVE_INFINITY
  /** The part of it that the caller asked for, without the route's limit. */
  granted = Number.POSITIVE_INFINITY
  /** The request body: the exchange's, or a branch of it where mirrors read along. Whoever takes it starts or cancels it. */
  body: BodySource | null
  /** Destinations that were tried. */
  attempts = 0
  /** Told the status once the answer begins; the gate of `mirror.when: accepted`. */
  onAnswered: ((status: number) => void) | null = null
  readonly #onFinished: (call: Call) => void
  #finished = false

  constructor(exchange: Exchange, observation: CallObservation, clock: Clock, onFinished: (call: Call) => void) {
    this.exchange = exchange
    this.observation = observation
    this.clock = clock
    this.path = exchange.path
    this.authority = exchange.authority
    this.body = exchange.body
    this.#onFinished = onFinished
  }

  /** Begins the answer; fields that cannot be written make it a local one (UPE). */
  start(status: number, headers: HeaderList, statusText?: string): void {
    try {
      this.exchange.reply.start(status, headers, statusText)
    } catch (error) {
      return this.fail(unwritable(error))
    }
    this.#answered(status)
  }

  /** Answers with a whole message at once and ends the call. HEAD gets the head alone. */
  answer(status: number, headers: HeaderList, body: Buffer, flags = ''): void {
    if (this.#finished) return
    const { reply, method } = this.exchange
    this.body?.cancel()
    this.start(status, headers)
    if (body.length > 0 && method !== 'HEAD') reply.write(body)
    reply.end()
    this.finish(status, flags)
  }

  /**
   * Ends the call because of an error: problem+json (a gRPC status for gRPC callers) while nothing was sent yet,
   * a broken-off answer afterwards, nothing at all where the caller is gone.
   */
  fail(error: ProxyError): void {
    if (this.#finished) return
    const { reply } = this.exchange
    this.body?.cancel()
    if (reply.closed || error.code === 'caller_gone') return this.#callerGone(error)
    if (reply.started) {
      reply.abort(error)
      return this.finish(error.facts.status, error.facts.flag)
    }
    this.#answerLocally(error)
  }

  /**
   * Takes the call's end down, once.
   * @param flags response flags, comma separated. @param tunnelled what passed in a tunnel, where the call became one.
   */
  finish(status: number, flags: string, tunnelled?: { readonly bytesIn: number; readonly bytesOut: number }): void {
    if (this.#finished) return
    this.#finished = true
    const { exchange, attempts } = this
    exchange.onCallerGone = null
    const { bytesIn, bytesOut } = tunnelled ?? { bytesIn: exchange.bytesIn, bytesOut: exchange.reply.bytesOut }
    this.observation.end({ status, flags, bytesIn, bytesOut, attempts })
    this.#onFinished(this)
  }

  #answerLocally(error: ProxyError): void {
    const context = { route: this.route, traceId: this.observation.traceId }
    const grpc = isGrpc(this.exchange.headers)
    const { status, headers, body } = grpc ? grpcReply(error) : problemReply(error, context)
    this.answer(status, headers, body, error.facts.flag)
  }

  #callerGone(error: ProxyError): void {
    this.#answered(499)
    this.exchange.reply.abort(error)
    this.finish(499, 'DC')
  }

  #answered(status: number): void {
    const told = this.onAnswered
    this.onAnswered = null
    told?.(status)
  }
}

/** What made a reply refuse to begin. */
export function unwritable(error: unknown): ProxyError {
  return error instanceof ProxyError ? error : new ProxyError('internal', { cause: error })
}
