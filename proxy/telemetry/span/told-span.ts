/**
 * Spans that end on one thread and are exported by another: told as plain facts, and made again there by OpenTelemetry's SDK.
 *
 * Invariant: ids, parents, times and attributes are those that the telling thread gave, so the tree is the same.
 */
import {
  type Attributes,
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type SpanKind,
  type SpanStatus,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api'
import type { Random } from '../../runtime/random.ts'

export interface ToldParent {
  readonly spanId: string
  readonly isRemote: boolean
  /** As the header has it; empty where there is none. */
  readonly tracestate: string
}

export interface ToldSpan {
  readonly name: string
  readonly kind: SpanKind
  readonly traceId: string
  readonly spanId: string
  /** null at the root of a trace. */
  readonly parent: ToldParent | null
  /** Epoch milliseconds. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Attributes
  readonly status: SpanStatus | null
}

/** The ids of the span that is made next: those that were told, else new ones. */
export class SpanIds {
  told: Pick<ToldSpan, 'traceId' | 'spanId'> | null = null
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  generateTraceId(): string {
    return this.told?.traceId ?? this.#random.hex(16)
  }

  generateSpanId(): string {
    return this.told?.spanId ?? this.#random.hex(8)
  }
}

/** @param ids from which `tracer` has its own. */
export function tellAgain(told: ToldSpan, tracer: Tracer, ids: SpanIds): void {
  const { name, kind, startMs: startTime, attributes, status, endMs } = told
  ids.told = told
  const span = tracer.startSpan(name, { kind, startTime, attributes }, contextOf(told))
  ids.told = null
  if (status !== null) span.setStatus(status)
  span.end(endMs)
}

function contextOf({ traceId, parent }: ToldSpan): Context {
  if (parent === null) return ROOT_CONTEXT
  const { spanId, isRemote, tracestate } = parent
  const context = { traceId, spanId, isRemote, traceFlags: TraceFlags.SAMPLED }
  return trace.setSpanContext(ROOT_CONTEXT, tracestate === '' ? context : { ...context, traceState: createTraceState(tracestate) })
}
