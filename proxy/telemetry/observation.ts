/**
 * The observations: what one call, and each destination or mirror of it, tells trace, metrics and log.
 *
 * Invariant: each ends once; what is told after that is ignored. A mirror may end long after its call.
 */
import type { Exchange } from '../http/exchange.ts'
import type { HeaderList } from '../http/headers.ts'
import type { AccessLog } from './access-log/access-log.ts'
import { emptyEntry } from './access-log/entry.ts'
import { timestamp } from './access-log/timestamp.ts'
import type { Propagation } from './context/propagation.ts'
import type { TraceContext } from './context/trace-context.ts'
import type { CallCounters } from './metrics/call-counters.ts'
import { recordDuration } from './metrics/durations.ts'
import type { AttemptSpan, CallSpan, Tracing } from './span/span.ts'
import type { ActionName, AttemptObservation, AttemptOutcome, CallObservation, CallOutcome, RouteMemo } from './telemetry.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'

/** What all observations of one sidecar share. */
export interface Instruments {
  readonly clock: Clock
  readonly random: Random
  readonly counters: CallCounters
  readonly log: AccessLog
  readonly propagation: Propagation
  /** False where tracing is not configured: the trace context passes as it came, and none is made up. */
  readonly carries: boolean
  /** null where there is no collector: no spans. */
  readonly tracing: Tracing | null
  /** Decides for a call whose caller did not. */
  readonly sample: () => boolean
}

/** Every line is formatted before the next is filled. */
const entry = emptyEntry()

export class ObservedCall implements CallObservation {
  readonly traceId: string
  readonly requestId: string
  readonly instruments: Instruments
  readonly exchange: Exchange
  readonly context: TraceContext | null
  readonly span: CallSpan | null
  route = ''
  action: ActionName | '' = ''
  readonly #begunMs: number
  #memo: RouteMemo | null = null
  #upstream = ''
  #endpoint: string | undefined
  #unsampledSpanId = ''
  #ended = false

  constructor(instruments: Instruments, exchange: Exchange, context: TraceContext | null, requestId: string) {
    const { tracing, clock } = instruments
    this.instruments = instruments
    this.exchange = exchange
    this.context = context
    this.requestId = requestId
    this.#begunMs = clock.now()
    this.span = tracing !== null && (context?.sampled ?? instruments.sample()) ? tracing.begin(exchange, context) : null
    this.traceId = this.span?.traceId ?? knownTraceId(context) ?? instruments.random.hex(16)
  }

  routed(route: string, action: ActionName, memo: RouteMemo | null = null): void {
    this.route = route
    this.action = action
    this.#memo = memo
    this.span?.routed(route, action)
  }

  answeredBy(upstream: string, endpoint: string | undefined): void {
    this.#upstream = upstream
    this.#endpoint = endpoint
  }

  attempt(kind: 'destination' | 'mirror', name: string, upstream: string): AttemptObservation {
    return new ObservedAttempt(this, kind, upstream, this.span?.attempt(kind, name, upstream) ?? null)
  }

  /** An unsampled call has no span: its destinations see the caller's, or where there is none, one that nobody records. */
  unsampledSpanId(): string {
    if (this.#unsampledSpanId === '') {
      const known = this.context === null || this.context.parentId === '' ? undefined : this.context.parentId
      this.#unsampledSpanId = known ?? this.instruments.random.hex(8)
    }
    return this.#unsampledSpanId
  }

  end(outcome: CallOutcome): void {
    if (this.#ended) return
    this.#ended = true
    const { clock, counters, log } = this.instruments
    const durationMs = clock.now() - this.#begunMs
    const series = counters.call(this.route, this.action, this.#upstream, this.#memo)
    series.count(outcome.status, outcome.flags)
    recordDuration(series.durations, durationMs)
    this.span?.end(outcome, this.#upstream)
    if (log.enabled) this.#log(outcome, durationMs)
  }

  #log(outcome: CallOutcome, durationMs: number): void {
    const { exchange } = this
    fillCommon(this, outcome, durationMs)
    entry.kind = 'call'
    entry.upstream = named(this.#upstream)
    entry.endpoint = this.#endpoint
    entry.method = exchange.method
    entry.host = exchange.authority
    entry.path = exchange.path
    entry.protocol = exchange.protocol
    entry.attempts = outcome.attempts
    this.instruments.log.append(entry)
  }
}

function knownTraceId(context: TraceContext | null): string | undefined {
  return context === null || context.traceId === '' ? undefined : context.traceId
}

function fillCommon(call: ObservedCall, outcome: CallOutcome | AttemptOutcome, durationMs: number): void {
  entry.time = timestamp(call.instruments.clock.wall() - durationMs)
  entry.traceId = call.traceId
  entry.requestId = call.requestId
  entry.route = named(call.route)
  entry.action = named(call.action)
  entry.caller = call.exchange.callerAddress
  entry.identity = call.exchange.peer?.id
  entry.status = outcome.status > 0 ? outcome.status : undefined
  entry.flags = named(outcome.flags)
  entry.bytesIn = outcome.bytesIn
  entry.bytesOut = outcome.bytesOut
  entry.durationMs = Math.round(durationMs * 1_000) / 1_000
}

function named(text: string): string | undefined {
  return text === '' ? undefined : text
}

class ObservedAttempt implements AttemptObservation {
  readonly #call: ObservedCall
  readonly #kind: 'destination' | 'mirror'
  readonly #upstream: string
  readonly #span: AttemptSpan | null
  readonly #begunMs: number
  #ended = false

  constructor(call: ObservedCall, kind: 'destination' | 'mirror', upstream: string, span: AttemptSpan | null) {
    this.#call = call
    this.#kind = kind
    this.#upstream = upstream
    this.#span = span
    this.#begunMs = kind === 'mirror' ? call.instruments.clock.now() : 0
  }

  inject(headers: HeaderList): void {
    const { instruments, requestId, traceId, context, span } = this.#call
    if (!instruments.carries) return instruments.propagation.inject(headers, requestId, null)
    // Without a collector the caller's decision is not ours to change.
    const sampled = this.#span !== null || (instruments.tracing === null && context?.sampled === true)
    instruments.propagation.inject(headers, requestId, {
      traceId,
      spanId: this.#span?.spanId ?? this.#call.unsampledSpanId(),
      parentId: span?.spanId ?? '',
      sampled,
      debug: sampled && context?.debug === true,
      random: context?.random === true,
      tracestate: context?.tracestate ?? '',
    })
  }

  end(outcome: AttemptOutcome): void {
    if (this.#ended) return
    this.#ended = true
    const { counters } = this.#call.instruments
    // A full bulkhead refuses before there is an attempt; the refusal is counted by the bulkhead.
    if (outcome.flags !== 'UO') counters.attempt(this.#upstream, outcome.status, outcome.flags)
    this.#span?.end(outcome)
    if (this.#kind === 'mirror') this.#endMirror(outcome)
  }

  #endMirror(outcome: AttemptOutcome): void {
    const { route, instruments } = this.#call
    instruments.counters.mirror(route, this.#upstream, outcome.mirror ?? (outcome.status > 0 ? 'sent' : 'failed'))
    if (instruments.log.enabled) this.#log(outcome, instruments.clock.now() - this.#begunMs)
  }

  #log(outcome: AttemptOutcome, durationMs: number): void {
    fillCommon(this.#call, outcome, durationMs)
    entry.kind = 'mirror'
    entry.upstream = this.#upstream
    entry.endpoint = outcome.endpoint
    entry.method = outcome.method
    entry.host = outcome.host
    entry.path = outcome.path
    entry.protocol = undefined
    entry.attempts = undefined
    this.#call.instruments.log.append(entry)
  }
}
