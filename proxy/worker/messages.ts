/**
 * What the main thread and a worker say to each other. What is asked is answered, in any order; the rest is told.
 *
 * Messages arrive in the order in which they were sent, so a connection that is handed over after a routing was applied meets that routing.
 */
import type { Socket } from 'node:net'
import type { AccessLogConfig, DrainConfig, NodeConfig, TracingConfig } from '../config/schema/bootstrap.ts'
import type { Credentials } from '../identity/credentials.ts'
import type { LogFields, Logger } from '../runtime/logger.ts'
import type { CallCounts } from '../telemetry/metrics/call-counters.ts'
import type { Losses } from '../telemetry/metrics/gauges.ts'
import type { ToldSpan } from '../telemetry/span/told-span.ts'
import type { UpstreamFigures } from '../upstream/upstream.ts'
import type { RoutingChange } from './routing-change.ts'

/** What a worker is started with. */
export interface WorkerStart {
  /** From 0. */
  readonly index: number
  /** How many there are. */
  readonly workers: number
  readonly node: NodeConfig
  readonly tracing: TracingConfig | undefined
  readonly accessLog: AccessLogConfig | undefined
  readonly drain: DrainConfig
  /** One cell: where the sampling of traces stands. */
  readonly sampling: Int32Array
  /** One cell: connections that this worker has closed. */
  readonly closed: Int32Array
  /** null without a control plane. */
  readonly credentials: Credentials | null
}

/** Asked by the main thread. */
export type Request =
  /** To be made ready beside what is in force; one at a time. */
  | { readonly kind: 'prepare'; readonly change: RoutingChange }
  /** What was prepared is put in force. */
  | { readonly kind: 'apply' }
  /** What was prepared is not wanted. */
  | { readonly kind: 'abandon' }
  | { readonly kind: 'report' }
  /** Connections end with what is in progress on them; answered when nothing is in progress any more. */
  | { readonly kind: 'drain' }
  /** Everything ends at once; answered when lines and spans are on their way. */
  | { readonly kind: 'close' }

export interface Answers {
  readonly prepare: undefined
  readonly apply: undefined
  readonly abandon: undefined
  readonly report: WorkerReport
  readonly drain: undefined
  readonly close: undefined
}

/** Totals since the worker started, and what it holds now. */
export interface WorkerReport {
  readonly counters: CallCounts
  readonly losses: Losses
  readonly upstreams: readonly UpstreamFigures[]
}

export type ToWorker =
  | { readonly kind: 'ask'; readonly id: number; readonly request: Request }
  /** @see listenerKey of listener/listener-set.ts. */
  | { readonly kind: 'connection'; readonly listener: string; readonly socket: Socket }
  | { readonly kind: 'credentials'; readonly credentials: Credentials }
  /** The lines that were told last; undefined when they were written. */
  | { readonly kind: 'written'; readonly failure: string | undefined }
  /** So many spans have been taken. */
  | { readonly kind: 'taken'; readonly spans: number }

export type FromWorker =
  /** It has started. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: Answers[keyof Answers] }
  | { readonly kind: 'refusal'; readonly id: number; readonly reason: string }
  /** Whole lines of the access log. The next ones come when these were written. */
  | { readonly kind: 'lines'; readonly bytes: Uint8Array }
  | { readonly kind: 'spans'; readonly spans: readonly ToldSpan[] }
  | { readonly kind: 'log'; readonly level: keyof Logger; readonly message: string; readonly fields: LogFields }
