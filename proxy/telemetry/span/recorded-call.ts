/**
 * One call as a tree of OpenTelemetry spans: the call's own is a child of the app's, those of destinations and mirrors are its children.
 * A mirror may end after the call has; its span still hangs where it began.
 */
import {
  type Attributes,
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api'
import type { Exchange } from '../../http/exchange.ts'
import type { TraceContext } from '../context/trace-context.ts'
import type { ActionName, AttemptOutcome, CallOutcome } from '../telemetry.ts'
import { attemptOutcomeAttributes, callAttributes, callOutcomeAttributes, failed, methodName } from './attributes.ts'
import type { AttemptSpan, CallSpan } from './span.ts'

/** What is used of OpenTelemetry's own. */
export type RecordingSpan = Pick<Span, 'spanContext' | 'end'> & {
  updateName(name: string): unknown
  setAttributes(attributes: Attributes): unknown
  setStatus(status: SpanStatus): unknown
}

export interface SpanMaker {
  startSpan(name: string, options: SpanOptions, context: Context): RecordingSpan
}

/** @returns the context to begin a span in: below the caller's span, or at the root of a new trace. */
function parentOf(context: TraceContext | null): Context {
  if (context === null || context.traceId === '') return ROOT_CONTEXT
  const { traceId, parentId: spanId, tracestate } = context
  const parent = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true }
  return trace.setSpanContext(ROOT_CONTEXT, tracestate === '' ? parent : { ...parent, traceState: createTraceState(tracestate) })
}

export class RecordedCall implements CallSpan {
  readonly traceId: string
  readonly spanId: string
  readonly #tracer: SpanMaker
  readonly #span: RecordingSpan
  readonly #method: string
  /** What the spans of destinations say about the call that they belong to. */
  #inherited: Attributes = {}

  static begin(tracer: SpanMaker, exchange: Exchange, context: TraceContext | null): RecordedCall {
    const settings = { kind: SpanKind.SERVER, attributes: callAttributes(exchange) }
    return new RecordedCall(tracer, tracer.startSpan(methodName(exchange.method), settings, parentOf(context)), exchange.method)
  }

  private constructor(tracer: SpanMaker, span: RecordingSpan, method: string) {
    const { traceId, spanId } = span.spanContext()
    this.traceId = traceId
    this.spanId = spanId
    this.#tracer = tracer
    this.#span = span
    this.#method = method
  }

  routed(route: string, action: ActionName): void {
    this.#inherited = { 'tandem.route': route, 'tandem.action': action }
    this.#span.updateName(`${methodName(this.#method)} ${route}`)
    this.#span.setAttributes(this.#inherited)
  }

  attempt(kind: 'destination' | 'mirror', name: string, upstream: string): AttemptSpan {
    const attributes = { ...this.#inherited, 'tandem.destination': name, 'tandem.upstream': upstream }
    const parent = trace.setSpanContext(ROOT_CONTEXT, this.#span.spanContext())
    const span = this.#tracer.startSpan(kind === 'mirror' ? `mirror ${name}` : name, { kind: SpanKind.CLIENT, attributes }, parent)
    return new RecordedAttempt(span)
  }

  end(outcome: CallOutcome, upstream: string): void {
    this.#span.setAttributes(callOutcomeAttributes(outcome, upstream))
    if (outcome.status >= 500) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: answered(outcome.status, outcome.flags) })
    this.#span.end()
  }
}

class RecordedAttempt implements AttemptSpan {
  readonly spanId: string
  readonly #span: RecordingSpan

  constructor(span: RecordingSpan) {
    this.spanId = span.spanContext().spanId
    this.#span = span
  }

  end(outcome: AttemptOutcome): void {
    this.#span.setAttributes(attemptOutcomeAttributes(outcome))
    const message = outcome.error ?? answered(outcome.status, outcome.flags)
    if (failed(outcome)) this.#span.setStatus({ code: SpanStatusCode.ERROR, message })
    this.#span.end()
  }
}

function answered(status: number, flags: string): string {
  const said = status === 0 ? 'no answer' : `answered ${status}`
  return flags === '' ? said : `${said} (${flags})`
}
