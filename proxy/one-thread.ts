/**
 * Calls are served by this thread itself (`concurrency: 1`).
 */
import type { Config } from './config/schema/config.ts'
import { openListener } from './listener/listener.ts'
import { Serving, unshared } from './serving.ts'
import type { SidecarDeps, ServingParts } from './sidecar.ts'
import { createTelemetry } from './telemetry/create-telemetry.ts'

/** @throws ProxyError when the access log cannot be opened. */
export async function serveOnOneThread({ node, tracing, accessLog, drain }: Config, deps: SidecarDeps): Promise<ServingParts> {
  const { clock, random, logger, version, mesh } = deps
  const telemetry = await createTelemetry({ node, tracing, accessLog, clock, random, logger, version })
  const identity = mesh?.identity
  const serving = new Serving({ clock, random, logger, telemetry, identity, sharing: unshared, drain, openListener })
  telemetry.watchUpstreams(() => serving.figures())
  return {
    telemetry,
    serving: {
      get addresses() {
        return serving.listeners.addresses
      },
      put: async (routing) => (await serving.prepare(routing)).apply(),
      figures: () => serving.figures(),
      notReady: () => undefined,
      problem: () => undefined,
      drain: () => serving.drain(),
      close: () => serving.close(),
    },
  }
}
