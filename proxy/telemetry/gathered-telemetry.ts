/**
 * Telemetry where worker threads serve: one log, one way to the collector and one page of metrics for all of them.
 * The workers observe their calls by themselves; what they counted is gathered when somebody asks.
 */
import { ReopenedTarget } from './access-log/reopened-target.ts'
import { SharedTarget } from './access-log/shared-target.ts'
import type { TelemetryFace, TelemetryOptions } from './create-telemetry.ts'
import type { ServedFigures } from './metrics/gauges.ts'
import { Readings } from './readings.ts'
import { loadTracing } from './span/load-tracing.ts'
import type { Collecting } from './span/open-telemetry.ts'
import type { ToldSpan } from './span/told-span.ts'
import { statsOf } from './stats.ts'

/** The workers, as telemetry sees them. */
export interface Gathering {
  /** Of all workers together, those that are no more included. */
  gather(): Promise<ServedFigures>
  /** Workers that were replaced. */
  restarts(): number
}

export interface GatheredTelemetry extends TelemetryFace {
  /** Lines of a worker: whole ones. */
  writeLines(bytes: Uint8Array, done: (error: Error | null) => void): void
  /** Spans that ended on a worker. */
  takeSpans(spans: readonly ToldSpan[]): void
}

/** @throws ProxyError when the access log cannot be opened. */
export async function createGatheredTelemetry(options: TelemetryOptions, workers: Gathering): Promise<GatheredTelemetry> {
  const target = openShared(options)
  const tracing = await loadTracing(options)
  const figures = async () => withCollected(await workers.gather(), tracing)
  const readings = new Readings(options.version, () => workers.restarts(), figures)
  return {
    writeLines: (bytes, done) => target?.write(bytes, done),
    takeSpans: (spans) => tracing?.take(spans),
    metricsText: () => readings.metricsText(),
    stats: async () => statsOf(await figures()),
    reopenLog: () => target?.reopen(),
    watchCertificate: (source) => readings.watchCertificate(source),
    configApplied: (version) => readings.configApplied(version),
    close: (timeoutMs) => closeAll(options, { target, tracing }, timeoutMs),
  }
}

function openShared({ accessLog, logger }: TelemetryOptions): SharedTarget | null {
  if (accessLog === undefined || accessLog.format === 'off') return null
  return new SharedTarget(new ReopenedTarget(accessLog.to, logger))
}

/** Workers lose spans on their way here, and only here it is known what the collector took. */
function withCollected({ counters, losses, upstreams }: ServedFigures, tracing: Collecting | null): ServedFigures {
  const { exported = 0, dropped = 0 } = tracing ?? {}
  return { counters, upstreams, losses: { ...losses, spansExported: exported, spansDropped: losses.spansDropped + dropped } }
}

interface Ends {
  readonly target: SharedTarget | null
  readonly tracing: Collecting | null
}

/** The workers have ended, and waited for their lines to be written. */
async function closeAll({ clock }: TelemetryOptions, { target, tracing }: Ends, timeoutMs: number): Promise<void> {
  const timeUp = Promise.withResolvers<void>()
  const timer = clock.after(timeoutMs, timeUp.resolve)
  await Promise.race([tracing?.close(), timeUp.promise])
  timer.cancel()
  target?.close()
}
