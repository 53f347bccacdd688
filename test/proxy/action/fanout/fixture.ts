/**
 * One fan-out route on in-memory upstreams and a clock that stands still, with everything that was observed.
 */
import * as z from 'zod/mini'
import { Call } from '../../../../proxy/action/call.ts'
import type { Expression } from '../../../../proxy/action/expression.ts'
import { compileFanout, type FanoutDeps } from '../../../../proxy/action/fanout/fanout.ts'
import { fanout as fanoutSchema } from '../../../../proxy/config/schema/fanout.ts'
import type { ErrorCode } from '../../../../proxy/error/table.ts'
import type { AttemptOutcome, CallObservation, CallOutcome } from '../../../../proxy/telemetry/telemetry.ts'
import { type ExchangeChanges, FakeExchange, type FakeReply } from '../../../harness/fake-exchange.ts'
import { type InMemoryCall, InMemoryUpstream } from '../../../harness/in-memory-upstream.ts'
import { ManualClock } from '../../../harness/manual-clock.ts'

export interface FixtureOptions {
  readonly exchange?: ExchangeChanges
  /** What each expression does, by its text. */
  readonly expressions?: Readonly<Record<string, Expression['evaluate']>>
  /** Milliseconds on the clock that the route and the caller allow; none by default. */
  readonly deadline?: number
  readonly granted?: number
  /** Upstreams that fail each call within dispatch. */
  readonly refuses?: Readonly<Record<string, ErrorCode>>
  /** What `float` of the random source gives. */
  readonly random?: number
}

export class FanoutFixture {
  readonly clock = new ManualClock()
  readonly exchange: FakeExchange
  readonly attempts: (AttemptOutcome & { readonly name: string })[] = []
  readonly finished: CallOutcome[] = []
  readonly answeredBy: string[] = []
  readonly log: string[] = []
  /** Work that goes on after the answer. */
  background = 0
  readonly call: Call
  readonly deps: FanoutDeps
  readonly #upstreams = new Map<string, InMemoryUpstream>()

  /** @param fanout as it stands in a configuration. */
  constructor(fanout: unknown, options: FixtureOptions = {}) {
    const { exchange, expressions = {}, deadline, granted, refuses = {}, random = 0.5 } = options
    this.exchange = new FakeExchange(exchange)
    this.call = new Call(this.exchange, this.#observation(), this.clock, () => undefined)
    this.call.route = 'place-order'
    this.call.deadline = deadline ?? Number.POSITIVE_INFINITY
    this.call.granted = granted ?? Number.POSITIVE_INFINITY
    for (const [name, code] of Object.entries(refuses)) this.upstream(name).refuses = code
    const config = { name: 'place-order', fanout: z.parse(fanoutSchema, fanout) }
    const resolve = {
      upstream: (name: string) => this.upstream(name),
      expression: (text: string) => ({ text, evaluate: expressions[text] ?? (() => Promise.reject(new Error(`no expression ${text}`))) }),
    }
    this.deps = {
      clock: this.clock,
      random: { float: () => random, hex: () => 'ab' },
      logger: this.#logger(),
      background: { begin: () => void this.background++, end: () => void this.background-- },
    }
    compileFanout(config, resolve, this.deps)(this.call)
  }

  get reply(): FakeReply {
    return this.exchange.reply
  }

  upstream(name: string): InMemoryUpstream {
    const upstream = this.#upstreams.get(name) ?? new InMemoryUpstream(name)
    this.#upstreams.set(name, upstream)
    return upstream
  }

  /** What that upstream got as its n-th call. */
  at(name: string, index = 0): InMemoryCall {
    return this.upstream(name).call(index)
  }

  #observation(): CallObservation {
    return {
      traceId: '0'.repeat(31).concat('1'),
      requestId: 'request-1',
      routed: () => undefined,
      answeredBy: (upstream) => void this.answeredBy.push(upstream),
      attempt: (_kind, name) => ({
        inject: (headers) => void headers.push('traceparent', name),
        end: (outcome) => void this.attempts.push({ ...outcome, name }),
      }),
      end: (outcome) => void this.finished.push(outcome),
    }
  }

  #logger() {
    const note = (level: string) => (message: string) => void this.log.push(`${level} ${message}`)
    return { info: note('info'), warn: note('warn'), error: note('error') }
  }
}

/** Destinations a, b, c on upstreams of the same names. */
export const abc = [{ upstream: 'a' }, { upstream: 'b' }, { upstream: 'c' }]
