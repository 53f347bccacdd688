/**
 * Puts telemetry together: trace context, spans, metrics and access log behind the one interface of telemetry.ts.
 *
 * What costs time at start (OpenTelemetry's SDK) is loaded only where tracing is configured.
 */
import { everyPercent } from '../choice/share.ts'
import type { AccessLogConfig, NodeConfig, TracingConfig } from '../config/schema/bootstrap.ts'
import type { ProxyError } from '../error/proxy-error.ts'
import type { MalformedFacts } from '../http/server-connection.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { type AccessLog, createAccessLog } from './access-log/access-log.ts'
import { emptyEntry } from './access-log/entry.ts'
import { timestamp } from './access-log/timestamp.ts'
import { Propagation } from './context/propagation.ts'
import { ContextFields } from './context/trace-context.ts'
import { CallCounters } from './metrics/call-counters.ts'
import type { CertificateGauge, Gauges, Losses, UpstreamGauges } from './metrics/gauges.ts'
import { type Instruments, ObservedCall } from './observation.ts'
import { requestIdOf } from './request-id.ts'
import type { Tracing } from './span/span.ts'
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

export interface SidecarTelemetry extends Telemetry {
  /** Counts and logs a message that never became an exchange. */
  readonly malformed: (error: ProxyError, facts: MalformedFacts) => void
  /** Prometheus text format; its Content-Type is `metricsContentType` of metrics/content-type.ts. */
  metricsText(): Promise<string>
  stats(): Stats
  /** Opens the access log's file anew (SIGUSR1). */
  reopenLog(): void
  /** Says where the bulkhead gauges are read from, at each scrape. */
  watchUpstreams(source: UpstreamGauges): void
  /** Says where `tandem_certificate_expiry_seconds` is read from, at each scrape. */
  watchCertificate(source: CertificateGauge): void
  /** Says which configuration is in force, for `tandem_config_version_info`. */
  configApplied(version: string): void
}

/** @throws ProxyError when the access log cannot be opened. */
export async function createTelemetry(options: TelemetryOptions): Promise<SidecarTelemetry> {
  const { clock, logger, random, tracing: configured } = options
  const log = createAccessLog(options.accessLog, logger, clock)
  const tracing = await loadTracing(options)
  const counters = new CallCounters()
  const losses = lossesOf(tracing, log)
  const gauges: Gauges = { upstreams: () => [], certificateExpirySeconds: () => null, configVersion: '' }
  const exposition = once(async () => {
    const { createRegistry } = await import('./metrics/exposition.ts')
    return createRegistry(options.version, { counters, losses, gauges })
  })
  const propagation = new Propagation(configured?.propagate ?? [])
  const sample = everyPercent(configured?.sample ?? 0)
  const instruments: Instruments = { clock, random, counters, log, propagation, carries: configured !== undefined, tracing, sample }
  const fields = new ContextFields()
  return {
    begin(exchange) {
      fields.read(exchange.headers)
      return new ObservedCall(instruments, exchange, fields.context(), requestIdOf(fields))
    },
    malformed: (error, facts) => recordMalformed(instruments, error, facts),
    metricsText: async () => (await exposition()).metrics(),
    stats: () => statsOf(counters, losses),
    reopenLog: () => log.reopen(),
    watchUpstreams: (source) => void (gauges.upstreams = source),
    watchCertificate: (source) => void (gauges.certificateExpirySeconds = source),
    configApplied: (version) => void (gauges.configVersion = version),
    close: (timeoutMs) => closeAll(clock, log, tracing, timeoutMs),
  }
}

/** prom-client takes 18 MB, so it is loaded by the first scrape: the counters are ours and run from the start. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

async function loadTracing({ tracing, node, version, random, logger }: TelemetryOptions): Promise<Tracing | null> {
  if (tracing?.otlp === undefined) return null
  const { startTracing } = await import('./span/open-telemetry.ts')
  return startTracing({ node, otlp: tracing.otlp, version, random, logger })
}

function lossesOf(tracing: Tracing | null, log: AccessLog): Losses {
  return {
    spansExported: () => tracing?.exported ?? 0,
    spansDropped: () => tracing?.dropped ?? 0,
    linesDropped: () => log.dropped,
  }
}

function recordMalformed({ clock, counters, log }: Instruments, error: ProxyError, facts: MalformedFacts): void {
  const { flag } = error.facts
  counters.call('', '', '').codes.add(facts.status, flag)
  if (!log.enabled) return
  const status = facts.status > 0 ? facts.status : undefined
  log.append({ ...emptyEntry(), time: timestamp(clock.wall()), status, flags: flag, caller: facts.callerAddress })
}

/** Each part ends by itself or is left behind when the time is up. */
async function closeAll(clock: Clock, log: AccessLog, tracing: Tracing | null, timeoutMs: number): Promise<void> {
  const timeUp = Promise.withResolvers<void>()
  const timer = clock.after(timeoutMs, timeUp.resolve)
  await Promise.race([Promise.all([log.drained(), tracing?.close()]), timeUp.promise])
  timer.cancel()
  log.close()
}
