/**
 * Calls are served by worker threads (`concurrency` above 1); this one is their face.
 */
import type { Config } from './config/schema/config.ts'
import type { ServingParts, SidecarDeps } from './sidecar.ts'
import { createGatheredTelemetry, type GatheredTelemetry } from './telemetry/gathered-telemetry.ts'
import type { Logger } from './runtime/logger.ts'
import type { Told, WorkerHandle } from './worker/worker-handle.ts'
import { Workers } from './worker/workers.ts'

/** @throws ProxyError when the access log cannot be opened, an Error with the reason when a worker cannot be started. */
export async function serveByWorkers(config: Config, deps: SidecarDeps): Promise<ServingParts> {
  const { node, tracing, accessLog, concurrency, drain } = config
  const { clock, random, logger, version, mesh } = deps
  const startWith = () => ({ node, tracing, accessLog, credentials: mesh?.identity.credentials() ?? null })
  const serving = new Workers(concurrency, {
    clock,
    random,
    logger,
    drain,
    startWith,
    onTold: (worker, message) => onTold(worker, message, logger, telemetry),
  })
  const options = { node, tracing, accessLog, clock, random, logger, version }
  const telemetry: GatheredTelemetry = await createGatheredTelemetry(options, serving)
  mesh?.identity.onChange(() => {
    const credentials = mesh.identity.credentials()
    for (const worker of serving.all) worker.tell({ kind: 'credentials', credentials })
  })
  try {
    await serving.start()
  } catch (error) {
    await serving.close()
    await telemetry.close(0)
    throw error
  }
  return { serving, telemetry }
}

function onTold(worker: WorkerHandle, message: Told, logger: Logger, telemetry: GatheredTelemetry): void {
  switch (message.kind) {
    case 'lines':
      return telemetry.writeLines(message.bytes, (error) => worker.tell({ kind: 'written', failure: error?.message }))
    case 'spans':
      telemetry.takeSpans(message.spans)
      return worker.tell({ kind: 'taken', spans: message.spans.length })
    case 'log':
      return logger[message.level](message.message, { worker: worker.index, ...message.fields })
    default:
      return message satisfies never
  }
}
