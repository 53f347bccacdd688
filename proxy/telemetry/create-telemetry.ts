/**
 * Puts telemetry together where one thread does everything: trace context, spans, metrics and access log behind the one interface
 * of telemetry.ts. Where worker threads serve, gathered-telemetry.ts does.
 *
 * What costs time at start (OpenTelemetry's SDK) is loaded only where tracing is configured.
 */
import type { AccessLogConfig, NodeConfig, TracingConfig } from '../config/schema/bootstrap.ts'
import type { ProxyError } from '../error/proxy-error.ts'
import type { MalformedFacts } from '../http/server-connection.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { createAccessLog } from './access-log/access-log.ts'
import { CallTelemetry } from './call-telemetry.ts'
import type { CertificateGauge, UpstreamGauges } from './metrics/gauges.ts'
import { Readings } from './readings.ts'
import { loadTracing } from './span/load-tracing.ts'
import { type Stats, statsOf } from './stats.ts'
import type { Telemetry } from './telemetry.ts'

export interface TelemetryOptions {
  readonly node: NodeConfig
  /** undefined, or without `otlp`, there are no spans; log and answers have a trace id nevertheless. */
  readonly tracing: TracingConfig | undefined
  /** undefined is off. */
  readonly accessLog: AccessLogConfig | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Of Tandem. */
  readonly version: string
}

/** What the one face of a sidecar needs of telemetry, whoever serves the calls. */
export interface TelemetryFace {
  /** Prometheus text format; its Content-Type is `metricsContentType` of metrics/content-type.ts. */
  metricsText(): Promise<string>
  stats(): Stats | Promise<Stats>
  /** Opens the access log's file anew (SIGUSR1). */
  reopenLog(): void
  /** Says where `tandem_certificate_expiry_seconds` is read from, at each scrape. */
  watchCertificate(source: CertificateGauge): void
  /** Says which configuration is in force, for `tandem_config_version_info`. */
  configApplied(version: string): void
  /** Flushes spans and log lines; resolves within `timeoutMs` whatever the receivers do. */
  close(timeoutMs: number): Promise<void>
}

export interface SidecarTelemetry extends Telemetry, TelemetryFace {
  /** Counts and logs a message that never became an exchange. */
  readonly malformed: (error: ProxyError, facts: MalformedFacts) => void
  stats(): Stats
  /** Says where the bulkhead gauges are read from, at each scrape. */
  watchUpstreams(source: UpstreamGauges): void
}

/** @throws ProxyError when the access log cannot be opened. */
export async function createTelemetry(options: TelemetryOptions): Promise<SidecarTelemetry> {
  const { clock, random, logger, version, tracing: configured } = options
  const log = createAccessLog(options.accessLog, logger, clock)
  const calls = new CallTelemetry({ clock, random, log, tracing: await loadTracing(options), configured })
  const watched: { upstreams: UpstreamGauges } = { upstreams: () => [] }
  const figures = {
    counters: calls.counters,
    losses: calls.losses,
    get upstreams() {
      return watched.upstreams()
    },
  }
  const readings = new Readings(version, null, () => figures)
  return {
    begin: calls.begin,
    malformed: calls.malformed,
    metricsText: () => readings.metricsText(),
    stats: () => statsOf(figures),
    reopenLog: () => log.reopen(),
    watchUpstreams: (source) => void (watched.upstreams = source),
    watchCertificate: (source) => readings.watchCertificate(source),
    configApplied: (applied) => readings.configApplied(applied),
    close: (timeoutMs) => calls.close(timeoutMs),
  }
}
