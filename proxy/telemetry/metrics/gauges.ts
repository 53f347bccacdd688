/**
 * Figures that other rooms keep and metrics only reads, at scrape. Declared by shape: telemetry knows no upstream.
 */
import type { CallCounts } from './call-counters.ts'

export interface BulkheadFigures {
  readonly name: string
  readonly role: 'primary' | 'mirror' | 'inbound' | 'tunnel'
  readonly bulkhead: {
    readonly connections: { readonly used: number }
    readonly pending: { readonly used: number }
    readonly requests: { readonly used: number }
    readonly rejected: number
  }
}

/** Asked at every scrape for the upstreams of the snapshot in force. */
export type UpstreamGauges = () => Iterable<BulkheadFigures>

/** Seconds until the workload's certificate ends, less than nothing once it has; null without one. */
export type CertificateGauge = () => number | null

/** What is read of the process as a whole. */
export interface Gauges {
  certificateExpirySeconds: CertificateGauge
  /** Digest of the configuration in force; empty before there is one. */
  configVersion: string
  /** Worker threads that were replaced; null where this thread serves by itself. */
  workerRestarts: (() => number) | null
}

export interface Losses {
  readonly spansExported: number
  readonly spansDropped: number
  readonly linesDropped: number
}

/** What serving calls has counted, and what it holds right now: on one thread, or on all of them together. */
export interface ServedFigures {
  readonly counters: CallCounts
  readonly losses: Losses
  readonly upstreams: Iterable<BulkheadFigures>
}
