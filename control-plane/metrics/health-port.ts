/**
 * The port for probes and scrapes.
 */
import type { Registry } from 'prom-client'
import { type JsonServer, openJsonServer } from '../../proxy/http/json-server.ts'

export interface Health {
  readonly registry: Registry
  /** undefined when ready, else the reason why not. */
  readonly notReady: () => string | undefined
}

/** @throws an Error that names the configuration key when the address cannot be had. */
export function openHealthPort(address: string, { registry, notReady }: Health): Promise<JsonServer> {
  return openJsonServer('listen.metrics', address, {
    'GET /live': () => ({ status: 200, body: { status: 'live' } }),
    'GET /ready': () => {
      const reason = notReady()
      return reason === undefined ? { status: 200, body: { status: 'ready' } } : { status: 503, body: { status: 'not ready', reason } }
    },
    'GET /metrics': async () => ({ status: 200, contentType: registry.contentType, body: await registry.metrics() }),
  })
}
