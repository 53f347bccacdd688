/**
 * What the admin port and the health port answer. Everything is read at the moment of asking; nothing is kept here.
 */
import { metricsContentType } from '../telemetry/metrics/content-type.ts'
import type { UpstreamFigures } from '../upstream/upstream.ts'
import type { Answer, Endpoints } from '../http/json-server.ts'

/** What the admin pages look at; the composition root provides it. */
export interface AdminView {
  /** undefined when ready, else the reason why not. */
  notReady(): string | undefined
  /** What people should know though calls are served; undefined when all is well. */
  problem(): string | undefined
  metrics(): Promise<string>
  /** Secrets are redacted already. */
  config(): { readonly version: string; readonly config: unknown }
  upstreams(): readonly UpstreamFigures[] | Promise<readonly UpstreamFigures[]>
  routes(): readonly { readonly name: string; readonly action: string; readonly match: unknown }[]
  stats(): unknown
  /** Begins a drain; harmless when one is under way. */
  drain(): void
  /** @returns undefined when the new configuration is in force, else why it is not. */
  reload(): Promise<string | undefined>
}

export function healthEndpoints(view: AdminView): Endpoints {
  return {
    'GET /live': () => ({ status: 200, body: { status: 'live' } }),
    'GET /ready': () => ready(view),
    'GET /metrics': async () => ({ status: 200, contentType: metricsContentType, body: await view.metrics() }),
  }
}

export function adminEndpoints(view: AdminView): Endpoints {
  return {
    ...healthEndpoints(view),
    'GET /config': () => ({ status: 200, body: view.config() }),
    'GET /upstreams': async () => ({ status: 200, body: await view.upstreams() }),
    'GET /routes': () => ({ status: 200, body: view.routes() }),
    'GET /stats': async () => ({ status: 200, body: await view.stats() }),
    'POST /drain': () => {
      view.drain()
      return { status: 202, body: { status: 'draining' } }
    },
    'POST /reload': () => reload(view),
  }
}

function ready(view: AdminView): Answer {
  const [reason, problem] = [view.notReady(), view.problem()]
  if (reason !== undefined) return { status: 503, body: { status: 'not ready', reason } }
  return { status: 200, body: { status: 'ready', problem } }
}

async function reload(view: AdminView): Promise<Answer> {
  const error = await view.reload()
  if (error === undefined) return { status: 200, body: { status: 'reloaded', version: view.config().version } }
  return { status: 422, body: { status: 'refused', error } }
}
