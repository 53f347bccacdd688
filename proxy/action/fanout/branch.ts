/**
 * A branch: one destination of one fan-out, from the moment when it is sent until it is known how it went.
 *
 * Invariant: it settles exactly once, and its attempt ends exactly once, when its answer is complete, unusable, broken off or abandoned.
 * Whether it succeeded is decided here; what that means for the call is the run's business.
 */
import type { Duplex } from 'node:stream'
import { ProxyError } from '../../error/proxy-error.ts'
import { BufferBody } from '../../http/body.ts'
import { joinChunks } from '../../http/collect.ts'
import type { DispatchController, DispatchHandler, OutboundCall } from '../../http/dispatch.ts'
import { type HeaderList, removeHeader, setHeader } from '../../http/headers.ts'
import type { AttemptObservation } from '../../telemetry/telemetry.ts'
import type { Call } from '../call.ts'
import type { Plan, Target } from './plan.ts'
import type { AnswerHead, AnswerStream } from './stream.ts'
import type { BranchState } from './verdict.ts'

/** A complete answer. */
export interface Answer extends AnswerHead {
  readonly body: Buffer
  readonly trailers: HeaderList | null
}

export interface BranchOwner {
  /** The head of a good answer has come. @returns where the rest goes while it comes; null to have it collected. */
  onHead(branch: Branch, controller: DispatchController, head: AnswerHead): AnswerStream | null
  onSettled(branch: Branch): void
}

export class Branch implements DispatchHandler {
  readonly target: Target
  readonly name: string
  state: BranchState = 'running'
  /** The complete answer, a bad one too; null where none came or where it was passed on. */
  answer: Answer | null = null
  /** Why there is no answer, or none that can be used. */
  error: ProxyError | null = null
  durationMs = 0
  /** It answered below 400, so what it was asked to do is taken to be done, even where its answer cannot be used. */
  effective = false
  /** `host:port` that the call went to. */
  endpoint: string | undefined
  /** What it was sent. */
  sent: Buffer | null = null
  readonly #call: Call
  readonly #plan: Plan
  readonly #owner: BranchOwner
  readonly #attempt: AttemptObservation
  readonly #outbound: OutboundCall
  readonly #startedAt: number
  #controller: DispatchController | null = null
  #head: AnswerHead | null = null
  #stream: AnswerStream | null = null
  #chunks: Buffer[] = []
  #bytes = 0
  #lost = false
  #over = false

  constructor(call: Call, plan: Plan, target: Target, body: Buffer | null | ProxyError, owner: BranchOwner) {
    this.#call = call
    this.#plan = plan
    this.#owner = owner
    this.target = target
    this.name = target.destination.name
    this.#startedAt = call.clock.now()
    this.#attempt = call.observation.attempt('destination', this.name, target.destination.upstream.name)
    if (body instanceof ProxyError) this.error = body
    else this.sent = body
    this.#outbound = this.#prepare()
  }

  /** Sends the call; or fails at once where its body could not be made. */
  start(): void {
    if (this.#over) return
    if (this.error !== null) return this.#settle('failed')
    this.#call.attempts++
    this.target.destination.upstream.dispatch(this.#outbound, this)
  }

  /** Another destination was faster. */
  lose(): void {
    this.#lost = true
    this.cancel(new ProxyError('caller_gone', { detail: 'another destination answered first' }))
  }

  /** Nobody waits for it any more. */
  cancel(reason: ProxyError): void {
    if (this.#over) return
    if (this.#controller === null) this.#fail(reason)
    else this.#controller.abort(reason)
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
  }

  onRequestUpgrade(_controller: DispatchController, _status: number, _headers: HeaderList, socket: Duplex): void {
    socket.destroy()
    this.#fail(new ProxyError('upstream_protocol', { detail: `${this.name} switched protocols without being asked` }))
  }

  onResponseStart(controller: DispatchController, status: number, headers: HeaderList, statusText: string): void {
    if (this.#over || status < 200) return
    if (this.#outbound.method === 'HEAD' && this.#call.exchange.method !== 'HEAD') removeHeader(headers, 'content-length')
    this.#head = { status, headers, statusText }
    this.endpoint = controller.endpoint
    if (status >= 400) return
    this.effective = true
    this.#stream = this.#owner.onHead(this, controller, this.#head)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#over) return
    this.#bytes += chunk.length
    if (this.#stream !== null) return this.#stream.data(controller, chunk)
    if (this.#bytes > this.#plan.responseLimit) return this.#refuse(controller)
    this.#chunks.push(chunk)
  }

  onResponseEnd(_controller: DispatchController, trailers: HeaderList | null): void {
    if (this.#over || this.#head === null) return
    if (this.#stream === null) return this.#complete(this.#head, trailers)
    this.#stream.end(trailers)
    this.#settle('succeeded')
  }

  onResponseError(controller: DispatchController, error: ProxyError): void {
    this.endpoint ??= controller.endpoint
    this.#fail(error)
  }

  #prepare(): OutboundCall {
    const { destination, outlastsRoute, parsed } = this.target
    const body = this.sent === null ? null : new BufferBody(this.sent)
    const outbound = destination.prepare(this.#call, this.#attempt, body, outlastsRoute ? this.#call.granted : this.#call.deadline)
    if (parsed) setHeader(outbound.headers, 'accept-encoding', 'identity')
    removeBodyExpectations(outbound.headers)
    return outbound
  }

  #complete(head: AnswerHead, trailers: HeaderList | null): void {
    this.answer = { ...head, body: joinChunks(this.#chunks, this.#bytes), trailers }
    if (head.status >= 400) return this.#settle('failed')
    const problem = this.#plan.problemOf(this.answer.body)
    if (problem !== undefined) this.error = this.#badAnswer(problem)
    this.#settle(problem === undefined ? 'succeeded' : 'failed')
  }

  #refuse(controller: DispatchController): void {
    const error = this.#badAnswer(`the answer is larger than ${this.#plan.responseLimit} bytes (fanout.responseLimit)`)
    this.#fail(error)
    controller.abort(error)
  }

  #badAnswer(detail: string): ProxyError {
    return new ProxyError('bad_answer', { detail, upstream: this.target.destination.upstream.name })
  }

  #fail(error: ProxyError): void {
    if (this.#over) return
    this.error = error
    this.#stream?.fail(error)
    this.#settle('failed')
  }

  #settle(state: BranchState): void {
    this.#over = true
    this.state = state
    this.#chunks = []
    this.durationMs = Math.round(this.#call.clock.now() - this.#startedAt)
    this.#endAttempt()
    this.#owner.onSettled(this)
  }

  #endAttempt(): void {
    const { method, authority, path } = this.#outbound
    this.#attempt.end({
      status: this.#head?.status ?? 0,
      flags: this.#lost ? '' : (this.error?.facts.flag ?? ''),
      endpoint: this.endpoint,
      peer: this.#controller?.peer,
      method,
      host: authority,
      path,
      bytesIn: this.#bytes,
      bytesOut: this.sent?.length ?? 0,
      ...(this.error === null ? {} : { error: this.error.detail }),
    })
  }
}

/** The body is whole when it is sent: nothing is left to wait for before it (Expect) and nothing comes behind it (Trailer). */
export function removeBodyExpectations(headers: HeaderList): void {
  removeHeader(headers, 'expect')
  removeHeader(headers, 'trailer')
}
