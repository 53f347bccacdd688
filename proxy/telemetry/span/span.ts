/**
 * Spans as the observations see them: one for the call, one below it for each destination and mirror. Made only for sampled calls.
 * What makes and exports them (open-telemetry.ts) is loaded only where tracing is configured.
 */
import type { Exchange } from '../../http/exchange.ts'
import type { TraceContext } from '../context/trace-context.ts'
import type { ActionName, AttemptOutcome, CallOutcome } from '../telemetry.ts'

export interface Tracing {
  /** Spans that a collector took. */
  readonly exported: number
  /** Spans that were lost: queue full, or the collector did not take them. */
  readonly dropped: number
  /** @param context where the caller is; null begins a trace. */
  begin(exchange: Exchange, context: TraceContext | null): CallSpan
  /** Sends what is queued. May take as long as the collector does, and never rejects. */
  close(): Promise<void>
}

export interface CallSpan {
  readonly traceId: string
  readonly spanId: string
  routed(route: string, action: ActionName): void
  /** @param kind the role of the destination; a mirror's span is named so. */
  attempt(kind: 'destination' | 'mirror', name: string, upstream: string): AttemptSpan
  /** @param upstream empty where no single one answered. */
  end(outcome: CallOutcome, upstream: string): void
}

export interface AttemptSpan {
  readonly spanId: string
  end(outcome: AttemptOutcome): void
}
