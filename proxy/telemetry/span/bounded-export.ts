/**
 * Keeps the way to the collector bounded, and counts what is lost on it.
 *
 * Invariant: every span that ended is waiting, exported or dropped. A collector that hangs fills the queue once; from then on spans
 * are dropped and counted, and nothing waits. OpenTelemetry's own batch processor drops too, but tells nobody how many.
 */
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Logger } from '../../runtime/logger.ts'

type ExportCallback = Parameters<SpanExporter['export']>[1]
type ExportResult = Parameters<ExportCallback>[0]

/** ExportResultCode.SUCCESS of @opentelemetry/core, which comes only by way of the SDK. */
const success = 0

export class ExportCount implements SpanExporter {
  exported = 0
  dropped = 0
  /** Ended and not yet handed to the exporter. */
  waiting = 0
  readonly #exporter: SpanExporter
  readonly #logger: Logger
  #failing = false

  constructor(exporter: SpanExporter, logger: Logger) {
    this.#exporter = exporter
    this.#logger = logger
  }

  export(spans: ReadableSpan[], done: ExportCallback): void {
    this.waiting -= spans.length
    this.#exporter.export(spans, (result) => {
      this.#settle(spans.length, result)
      done(result)
    })
  }

  /** Says once that exporting fails and once that it works again, not for every batch. */
  #settle(spans: number, result: ExportResult): void {
    const code: number = result.code
    const failed = code !== success
    if (failed) this.dropped += spans
    else this.exported += spans
    if (failed === this.#failing) return
    this.#failing = failed
    if (failed) this.#logger.warn('the trace collector does not take spans; they are dropped', { reason: result.error?.message })
    else this.#logger.info('the trace collector takes spans again', { dropped: this.dropped })
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }
}

/** @param batch the processor that hands spans to `count` in batches. @param limit spans that may wait. */
export function boundedProcessor(batch: SpanProcessor, count: ExportCount, limit: number): SpanProcessor {
  return {
    onStart: (span, context) => batch.onStart(span, context),
    onEnd(span) {
      if (count.waiting >= limit) {
        count.dropped++
        return
      }
      count.waiting++
      batch.onEnd(span)
    },
    forceFlush: () => batch.forceFlush(),
    shutdown: () => batch.shutdown(),
  }
}
