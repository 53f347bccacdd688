/**
 * OpenTelemetry's SDK takes time and memory to load, so it is loaded only where there is a collector.
 */
import type { NodeConfig, TracingConfig } from '../../config/schema/bootstrap.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'
import type { Collecting } from './open-telemetry.ts'

export interface LoadTracingOptions {
  readonly node: NodeConfig
  readonly tracing: TracingConfig | undefined
  readonly version: string
  readonly random: Random
  readonly logger: Logger
}

/** @returns null where no collector is configured. */
export async function loadTracing({ tracing, ...options }: LoadTracingOptions): Promise<Collecting | null> {
  if (tracing?.otlp === undefined) return null
  const { startTracing } = await import('./open-telemetry.ts')
  return startTracing({ ...options, otlp: tracing.otlp })
}
