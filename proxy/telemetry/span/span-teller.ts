/**
 * Spans of a thread that does not export them itself: each tells of itself when it ends. It takes no more of OpenTelemetry than its API,
 * which is loaded in a moment.
 */
import {
  type Attributes,
  type Context,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  trace,
  TraceFlags,
} from '@opentelemetry/api'
import type { Random } from '../../runtime/random.ts'
import type { RecordingSpan, SpanMaker } from './recorded-call.ts'
import type { ToldParent, ToldSpan } from './told-span.ts'

/** Makes such spans. */
export class SpanTeller implements SpanMaker {
  readonly #random: Random
  readonly #tell: (span: ToldSpan) => void

  constructor(random: Random, tell: (span: ToldSpan) => void) {
    this.#random = random
    this.#tell = tell
  }

  startSpan(name: string, { kind = SpanKind.INTERNAL, attributes = {} }: SpanOptions, context: Context): RecordingSpan {
    const parent = trace.getSpanContext(context)
    const traceId = parent?.traceId ?? this.#random.hex(16)
    return new TellingSpan({ name, kind, traceId, spanId: this.#random.hex(8), parent, attributes, tell: this.#tell })
  }
}

interface Begun {
  readonly name: string
  readonly kind: SpanKind
  readonly traceId: string
  readonly spanId: string
  readonly parent: SpanContext | undefined
  readonly attributes: Attributes
  readonly tell: (span: ToldSpan) => void
}

class TellingSpan implements RecordingSpan {
  readonly #begun: Begun
  readonly #startMs = Date.now()
  readonly #startedAt = performance.now()
  #name: string
  #attributes: Attributes
  #status: SpanStatus | null = null

  constructor(begun: Begun) {
    this.#begun = begun
    this.#name = begun.name
    this.#attributes = begun.attributes
  }

  spanContext(): SpanContext {
    const { traceId, spanId, parent } = this.#begun
    const own = { traceId, spanId, traceFlags: TraceFlags.SAMPLED }
    return parent?.traceState === undefined ? own : { ...own, traceState: parent.traceState }
  }

  updateName(name: string): void {
    this.#name = name
  }

  setAttributes(attributes: Attributes): void {
    this.#attributes = { ...this.#attributes, ...attributes }
  }

  setStatus(status: SpanStatus): void {
    this.#status = status
  }

  end(): void {
    const { kind, traceId, spanId, parent, tell } = this.#begun
    const endMs = this.#startMs + performance.now() - this.#startedAt
    const facts = { kind, traceId, spanId, startMs: this.#startMs, endMs, attributes: this.#attributes, status: this.#status }
    tell({ ...facts, name: this.#name, parent: parent === undefined ? null : toldParent(parent) })
  }
}

function toldParent({ spanId, isRemote = false, traceState }: SpanContext): ToldParent {
  return { spanId, isRemote, tracestate: traceState?.serialize() ?? '' }
}
