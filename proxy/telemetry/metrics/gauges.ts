/**
 * Figures that other rooms keep and metrics only reads, at scrape. Declared by shape: telemetry knows no upstream.
 */
export interface BulkheadFigures {
  readonly name: string
  readonly role: 'primary' | 'mirror' | 'inbound'
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

export interface Gauges {
  upstreams: UpstreamGauges
  certificateExpirySeconds: CertificateGauge
  /** Digest of the configuration in force; empty before there is one. */
  configVersion: string
}

export interface Losses {
  readonly spansExported: () => number
  readonly spansDropped: () => number
  readonly linesDropped: () => number
}
