/**
 * The intake of a fan-out: the request body is read to its end, and the body of each destination made of it, before anything is sent.
 *
 * Invariant: `done` is called once with everything that is needed, or the call is failed here and nothing was sent to anybody.
 */
import { isUtf8 } from 'node:buffer'
import { ProxyError } from '../../error/proxy-error.ts'
import { collectBody } from '../../http/collect.ts'
import type { Clock, Timer } from '../../runtime/clock.ts'
import type { Call } from '../call.ts'
import type { Plan } from './plan.ts'

export interface Intake {
  /** null where the call had no body. */
  readonly body: Buffer | null
  /** One for each destination: its body, null for none, or why it could not be made. */
  readonly bodies: readonly (Buffer | null | ProxyError)[]
}

export function takeIn(call: Call, plan: Plan, clock: Clock, done: (intake: Intake) => void): void {
  new Reading(call, plan, clock, done).begin()
}

class Reading {
  readonly #call: Call
  readonly #plan: Plan
  readonly #clock: Clock
  readonly #done: (intake: Intake) => void
  #stopReading: (() => void) | null = null
  #timer: Timer | null = null
  #over = false

  constructor(call: Call, plan: Plan, clock: Clock, done: (intake: Intake) => void) {
    this.#call = call
    this.#plan = plan
    this.#clock = clock
    this.#done = done
  }

  begin(): void {
    const { body, exchange } = this.#call
    const { bodyLimit } = this.#plan
    if (body === null) return this.#make(null)
    this.#watch()
    if (exchange.expectsContinue && (body.length ?? 0) <= bodyLimit) exchange.reply.inform(100, [])
    const what = 'the request body of the fan-out (fanout.bodyLimit)'
    this.#stopReading = collectBody(body, bodyLimit, (result) => this.#read(result), what)
  }

  /** The route's deadline holds for a caller that sends slowly, too. */
  #watch(): void {
    const { exchange, deadline } = this.#call
    exchange.onCallerGone = () => this.#fail(new ProxyError('caller_gone'))
    if (this.#timer !== null || deadline === Number.POSITIVE_INFINITY) return
    const detail = 'the deadline passed before the call could be sent to its destinations'
    this.#timer = this.#clock.after(deadline - this.#clock.now(), () => this.#fail(new ProxyError('deadline', { detail })))
  }

  #read(result: Buffer | ProxyError): void {
    if (result instanceof ProxyError) this.#fail(result)
    else this.#make(result)
  }

  #make(body: Buffer | null): void {
    if (this.#plan.targets.every(({ destination }) => destination.expression === null)) {
      return this.#finish({ body, bodies: this.#plan.targets.map(() => body) })
    }
    this.#watch()
    if (body !== null && !isUtf8(body)) return this.#fail(new ProxyError('bad_body', { detail: 'the body is no JSON: it is not UTF-8' }))
    const input = body?.toString() ?? ''
    const made = this.#plan.targets.map(({ destination: { expression } }) =>
      expression === null ? Promise.resolve(body) : expression.evaluate(input).then((json) => Buffer.from(json), asProxyError),
    )
    void Promise.all(made).then((bodies) => this.#made(body, bodies))
  }

  #made(body: Buffer | null, bodies: readonly (Buffer | null | ProxyError)[]): void {
    const bad = bodies.find((made) => made instanceof ProxyError && made.code === 'bad_body')
    if (bad instanceof ProxyError) this.#fail(bad)
    else this.#finish({ body, bodies })
  }

  #fail(error: ProxyError): void {
    if (!this.#end()) return
    this.#stopReading?.()
    this.#call.fail(error)
  }

  #finish(intake: Intake): void {
    if (this.#end()) this.#done(intake)
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#timer?.cancel()
    this.#call.exchange.onCallerGone = null
    return true
  }
}

function asProxyError(error: unknown): ProxyError {
  return error instanceof ProxyError ? error : new ProxyError('expression', { cause: error })
}
