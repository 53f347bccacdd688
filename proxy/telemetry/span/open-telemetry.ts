/**
 * Spans by OpenTelemetry's SDK, exported by OTLP/HTTP in batches. Loaded by dynamic import: it costs a third of a second at start.
 *
 * Whether a call is sampled was decided before it comes here, so every span made is exported. The `OTEL_*` variables mean what
 * OpenTelemetry says: endpoint, sampling, propagation and switching off are read by config/otel.ts, the others here and by the SDK.
 */
import { trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, envDetector, hostDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { AlwaysOnSampler, BatchSpanProcessor, StackContextManager } from '@opentelemetry/sdk-trace'
import { tracesUrl } from '../../config/otel.ts'
import type { NodeConfig } from '../../config/schema/bootstrap.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'
import { boundedProcessor, ExportCount } from './bounded-export.ts'
import { RecordedCall } from './recorded-call.ts'
import type { Tracing } from './span.ts'
import { SpanIds, tellAgain, type ToldSpan } from './told-span.ts'

export interface TracingOptions {
  readonly node: NodeConfig
  /** Base URL of the collector, or the URL of its traces. */
  readonly otlp: string
  readonly version: string
  readonly random: Random
  readonly logger: Logger
}

/** Of all threads: those that serve tell their spans here. */
export interface Collecting extends Tracing {
  /** Spans that ended on another thread. */
  take(spans: readonly ToldSpan[]): void
}

export function startTracing(options: TracingOptions): Collecting {
  const exporter = new OTLPTraceExporter({ url: tracesUrl(options.otlp) })
  const count = new ExportCount(exporter, options.logger)
  const ids = new SpanIds(options.random)
  const sdk = createSdk(options, count, ids)
  // One process may have started tracing before (a test does); the newest provider is the one to use.
  trace.disable()
  sdk.start()
  const tracer = trace.getTracer('tandem', options.version)
  return {
    get exported() {
      return count.exported
    },
    get dropped() {
      return count.dropped
    },
    begin: (exchange, context) => RecordedCall.begin(tracer, exchange, context),
    take(spans) {
      for (const span of spans) tellAgain(span, tracer, ids)
    },
    close: () => sdk.shutdown().catch(() => undefined),
  }
}

/** Nothing but traces: the SDK would otherwise start exporters for metrics and logs by itself. */
function createSdk(options: TracingOptions, count: ExportCount, ids: SpanIds): NodeSDK {
  const queue = queueLimits()
  const batch = new BatchSpanProcessor({ exporter: count, ...queue })
  return new NodeSDK({
    spanProcessors: [boundedProcessor(batch, count, queue.maxQueueSize)],
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    resource: resourceOf(options),
    ...(process.env['OTEL_NODE_RESOURCE_DETECTORS'] === undefined && { resourceDetectors: [hostDetector, envDetector] }),
    contextManager: new StackContextManager(),
    textMapPropagator: null,
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
  })
}

/** What the environment (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) says goes over this. */
function resourceOf({ node, version, random }: TracingOptions): Resource {
  const named = resourceFromAttributes({
    'service.name': node.workload ?? 'tandem',
    'service.instance.id': node.id ?? random.hex(16),
    'tandem.version': version,
    ...(node.namespace !== undefined && { 'service.namespace': node.namespace }),
  })
  return defaultResource().merge(named)
}

/** OpenTelemetry's names and defaults for the batch processor. */
function queueLimits() {
  const maxQueueSize = positive('OTEL_BSP_MAX_QUEUE_SIZE', 2048)
  return {
    maxQueueSize,
    maxExportBatchSize: Math.min(maxQueueSize, positive('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
    scheduledDelayMillis: positive('OTEL_BSP_SCHEDULE_DELAY', 5_000),
    exportTimeoutMillis: positive('OTEL_BSP_EXPORT_TIMEOUT', 30_000),
  }
}

function positive(variable: string, otherwise: number): number {
  const value = Number(process.env[variable])
  return Number.isFinite(value) && value > 0 ? value : otherwise
}
