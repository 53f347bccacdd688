/**
 * The place of a call in a trace, as its caller says it: W3C trace context first, B3 where there is no valid one.
 *
 * Invariant: what comes out is valid. A context that breaks a rule of its specification counts as absent, never as half a context,
 * because one that is half understood would tie unrelated calls together. Baggage is end-to-end and not looked at.
 */
import type { HeaderList } from '../../http/headers.ts'
import { readB3Fields, readB3Single } from './b3.ts'
import { type ContextField, contextField } from './context-fields.ts'
import { readTraceparent } from './traceparent.ts'
import { readTracestate } from './tracestate.ts'

export interface TraceContext {
  /** 32 hex digits; empty where the caller sent only a sampling decision (B3 allows that). */
  readonly traceId: string
  /** 16 hex digits: the span that the caller is in; empty where `traceId` is. */
  readonly parentId: string
  /** The caller's decision; undefined where it leaves it to us (B3 only). */
  readonly sampled: boolean | undefined
  /** B3's debug flag: sampled, and wanted whatever the sampling. */
  readonly debug: boolean
  /** W3C level 2: the trace id was drawn at random. */
  readonly random: boolean
  /** Checked and normalised; empty for none. */
  readonly tracestate: string
}

/** What one pass over the header list found. */
export class ContextFields {
  traceparent: string | undefined
  tracestate: string | undefined
  b3: string | undefined
  b3TraceId: string | undefined
  b3SpanId: string | undefined
  b3Sampled: string | undefined
  b3Flags: string | undefined
  requestId: string | undefined
  /** A field that may come once came more often: there is no telling which one is meant. */
  manyTraceparents = false
  manyRequestIds = false

  /** Forgets the last call and looks at this one. */
  read(headers: HeaderList): void {
    this.traceparent = this.tracestate = this.requestId = undefined
    this.b3 = this.b3TraceId = this.b3SpanId = this.b3Sampled = this.b3Flags = undefined
    this.manyTraceparents = this.manyRequestIds = false
    for (let i = 0; i < headers.length; i += 2) {
      const field = contextField(headers[i] as string)
      if (field !== 'none') this.#take(field, headers[i + 1] as string)
    }
  }

  #take(field: ContextField, value: string): void {
    if (field === 'traceparent') {
      this.manyTraceparents = this.traceparent !== undefined
      this.traceparent = value
    } else if (field === 'x-request-id') {
      this.manyRequestIds = this.requestId !== undefined
      this.requestId = value
    } else if (field === 'tracestate') this.tracestate = this.tracestate === undefined ? value : `${this.tracestate},${value}`
    else this.#takeB3(field, value)
  }

  #takeB3(field: ContextField, value: string): void {
    if (field === 'b3') this.b3 = value
    else if (field === 'x-b3-traceid') this.b3TraceId = value
    else if (field === 'x-b3-spanid') this.b3SpanId = value
    else if (field === 'x-b3-sampled') this.b3Sampled = value
    else if (field === 'x-b3-flags') this.b3Flags = value
  }

  /** @returns the caller's context; null where there is none, or none that is valid. */
  context(): TraceContext | null {
    const w3c = this.#w3c()
    if (w3c !== null) return w3c
    const single = this.b3 === undefined ? null : readB3Single(this.b3)
    return single ?? readB3Fields(this.b3TraceId, this.b3SpanId, this.b3Sampled, this.b3Flags)
  }

  #w3c(): TraceContext | null {
    if (this.traceparent === undefined || this.manyTraceparents) return null
    return readTraceparent(this.traceparent, this.tracestate === undefined ? '' : readTracestate(this.tracestate))
  }
}
