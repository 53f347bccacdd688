/**
 * What the rooms of the data path see of telemetry: one observation a call, one more for each destination or mirror of it.
 * Behind it stand trace context, spans, metrics and the access log; a caller of this interface knows none of them.
 *
 * Invariant: nothing here ever throws, waits or fails a call. Each observation ends exactly once; a second end is ignored.
 */
import type { Exchange } from '../http/exchange.ts'
import type { HeaderList } from '../http/headers.ts'
import type { Peer } from '../http/peer.ts'

export type ActionName = 'forward' | 'split' | 'fanout' | 'respond' | 'redirect'

/** Of one route, for as long as it serves: what telemetry has looked up for it. Calls on many routes would have to look it up each time. */
export interface RouteMemo {
  /** Telemetry's own. */
  series: unknown
}

export interface CallObservation {
  /** 32 hex digits. */
  readonly traceId: string
  /** `x-request-id` as it came, or a new UUID. */
  readonly requestId: string
  /** Says which route took the call; before `end`, or never when there was none. */
  routed(route: string, action: ActionName, memo?: RouteMemo): void
  /** Says which upstream answered (the one that the caller's answer came from); left out for fan-outs and local answers. */
  answeredBy(upstream: string, endpoint: string | undefined): void
  /** Begins the observation of one destination. `name` is the destination's, which may differ from the upstream's. */
  attempt(kind: 'destination' | 'mirror', name: string, upstream: string): AttemptObservation
  /** @param flags response flags, comma separated, empty for none. @param path path and query as sent. */
  end(outcome: CallOutcome): void
}

export interface CallOutcome {
  /** As the caller saw it; 499 where it went away. For gRPC the HTTP status. */
  readonly status: number
  readonly flags: string
  readonly bytesIn: number
  readonly bytesOut: number
  readonly attempts: number
}

export interface AttemptObservation {
  /** Puts traceparent, tracestate, baggage, B3 and x-request-id into the headers that go to this destination, replacing those of the caller. */
  inject(headers: HeaderList): void
  end(outcome: AttemptOutcome): void
}

export interface AttemptOutcome {
  /** 0 where no answer came. */
  readonly status: number
  readonly flags: string
  readonly endpoint: string | undefined
  /** Who the upstream proved to be by mTLS. */
  readonly peer?: Peer | undefined
  readonly method: string
  readonly host: string
  readonly path: string
  readonly bytesIn: number
  readonly bytesOut: number
  /** Why, where it failed; becomes the span's status message. */
  readonly error?: string | undefined
  /** Mirrors only. `sent`: answered; `failed`: error or timeout; `overflow`: bulkhead full; `cut`: outran bodyLimit. */
  readonly mirror?: 'sent' | 'failed' | 'overflow' | 'cut'
}

export interface Telemetry {
  begin(exchange: Exchange): CallObservation
  /** Flushes spans and log lines; resolves within `timeoutMs` whatever the receivers do. */
  close(timeoutMs: number): Promise<void>
}
