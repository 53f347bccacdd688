/**
 * A compensation: undoes one destination of a call that failed as a whole, and tries until it is done.
 *
 * Invariant: every attempt carries the same body and the same Idempotency-Key, so that the upstream can tell a repeat.
 * It gives up only where the upstream refuses for good, the body cannot be made or too many wait already, and then says so in the log.
 * It lives in memory: a restart forgets it.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import { BufferBody } from '../../http/body.ts'
import { setHeader } from '../../http/headers.ts'
import { backoffMs } from '../../runtime/backoff.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'
import type { Background } from '../background.ts'
import type { Call } from '../call.ts'
import { removeBodyExpectations } from './branch.ts'
import { CompensationAttempt, type CompensationOutcome } from './compensation-attempt.ts'
import type { Compensating } from './compensating.ts'

export interface CompensationDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly background: Background
}

/** What is undone. */
export interface Deed {
  /** Of the destination. */
  readonly name: string
  /** The body that the destination got. */
  readonly sent: Buffer | null
  /** JSON text of the caller's body. */
  readonly request: string
  /** JSON text of the destination's answer; `$response` in the expression. */
  readonly response: string
}

/** For one destination. Each holds its call in memory, so an upstream that stays away must not gather them without end. */
const maxPending = 1_000

const backoff = { baseMs: 100, maxMs: 30_000 }

export class Compensation {
  readonly #call: Call
  readonly #compensating: Compensating
  readonly #deed: Deed
  readonly #deps: CompensationDeps
  #body: Buffer | null | undefined
  #attempts = 0
  #onFirst: ((done: boolean) => void) | null = null

  constructor(call: Call, compensating: Compensating, deed: Deed, deps: CompensationDeps) {
    this.#call = call
    this.#compensating = compensating
    this.#deed = deed
    this.#deps = deps
  }

  /** @param onFirst told once, when the first attempt has ended, whether that was enough. */
  start(onFirst: (done: boolean) => void): void {
    this.#onFirst = onFirst
    this.#deps.background.begin()
    this.#compensating.pending.add(this)
    this.#try()
  }

  #try(): void {
    this.#attempts++
    const { expression } = this.#compensating.destination
    if (expression === null) this.#body = this.#deed.sent
    if (expression === null || this.#body !== undefined) return this.#send(this.#body ?? null)
    expression.evaluate(this.#deed.request, { response: this.#deed.response }).then(
      (json) => this.#send((this.#body = Buffer.from(json))),
      (error: unknown) => this.#bodyFailed(error),
    )
  }

  /** The evaluator may be busy; every other failure of an expression is one for good. */
  #bodyFailed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#ended({ kind: error instanceof ProxyError && error.code === 'overflow' ? 'retry' : 'refused', reason })
  }

  #send(bytes: Buffer | null): void {
    const { destination, changeHeaders, attemptTimeoutMs } = this.#compensating
    const attempt = this.#call.observation.attempt('destination', `${this.#deed.name}-compensate`, destination.upstream.name)
    const body = bytes === null ? null : new BufferBody(bytes)
    const outbound = destination.prepare(this.#call, attempt, body, this.#deps.clock.now() + attemptTimeoutMs)
    removeBodyExpectations(outbound.headers)
    changeHeaders(outbound.headers)
    setHeader(outbound.headers, 'idempotency-key', `${this.#call.observation.requestId}-${this.#deed.name}-compensate`)
    destination.upstream.dispatch(outbound, new CompensationAttempt(attempt, outbound, (outcome) => this.#ended(outcome)))
  }

  #ended(outcome: CompensationOutcome): void {
    switch (outcome.kind) {
      case 'done':
        if (this.#attempts > 1) this.#deps.logger.info('compensated', this.#facts())
        return this.#finish(true)
      case 'refused':
        return this.#giveUp(outcome.reason)
      case 'retry':
        return this.#retry(outcome.reason)
      default:
        return outcome satisfies never
    }
  }

  #retry(reason: string): void {
    const { clock, random, logger } = this.#deps
    if (this.#compensating.pending.size > maxPending) return this.#giveUp(`${reason}; ${maxPending} others wait to be tried again`)
    logger.warn('compensation failed and is tried again', { ...this.#facts(), reason })
    clock.after(backoffMs(backoff, this.#attempts - 1, random), () => this.#try())
    this.#tellFirst(false)
  }

  #giveUp(reason: string): void {
    this.#deps.logger.error('compensation given up: undo this by hand', { ...this.#facts(), reason })
    this.#finish(false)
  }

  #finish(done: boolean): void {
    this.#compensating.pending.delete(this)
    this.#tellFirst(done)
    this.#deps.background.end()
  }

  #tellFirst(done: boolean): void {
    const told = this.#onFirst
    this.#onFirst = null
    told?.(done)
  }

  #facts(): Record<string, string | number | undefined> {
    const { route, observation } = this.#call
    return { route, destination: this.#deed.name, requestId: observation.requestId, traceId: observation.traceId, attempt: this.#attempts }
  }
}
