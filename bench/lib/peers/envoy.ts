/**
 * Envoy: one worker, request ids, a JSON access log to a file, circuit breakers on the mirror's cluster as wide as Tandem's bulkhead.
 * Tracing is off, as it is for all; fan-out is not among the things it does.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, type Destinations, type Place, type Task, mirrorTimeoutMs, notInstalled, runProxy } from '../contestant.ts'
import { findProgram, versionLine } from '../programs.ts'

const program = findProgram('envoy')

const types = 'type.googleapis.com/envoy.extensions'

const logFields = {
  time: '%START_TIME%',
  traceId: '%REQ(TRACEPARENT)%',
  requestId: '%REQ(X-REQUEST-ID)%',
  upstream: '%UPSTREAM_CLUSTER%',
  endpoint: '%UPSTREAM_HOST%',
  method: '%REQ(:METHOD)%',
  host: '%REQ(:AUTHORITY)%',
  path: '%REQ(:PATH)%',
  protocol: '%PROTOCOL%',
  status: '%RESPONSE_CODE%',
  flags: '%RESPONSE_FLAGS%',
  bytesIn: '%BYTES_RECEIVED%',
  bytesOut: '%BYTES_SENT%',
  durationMs: '%DURATION%',
  caller: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
}

function loopback(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

function cluster(name: string, port: number, limits: object): object {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '2s',
    circuit_breakers: { thresholds: [limits] },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }] },
  }
}

function route(task: Task): object {
  if (task !== 'mirror') return { cluster: 'origin' }
  return { cluster: 'origin', timeout: `${mirrorTimeoutMs / 1_000}s`, request_mirror_policies: [{ cluster: 'mirror' }] }
}

function connectionManager(task: Task, folder: string): object {
  return {
    '@type': `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'calls',
    generate_request_id: true,
    access_log: [
      {
        name: 'envoy.access_loggers.file',
        typed_config: {
          '@type': `${types}.access_loggers.file.v3.FileAccessLog`,
          path: join(folder, 'access.log'),
          log_format: { json_format: logFields },
        },
      },
    ],
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: route(task) }] }] },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': `${types}.filters.http.router.v3.Router` } }],
  }
}

function config(task: Task, to: Destinations, { port, folder }: Place): object {
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager(task, folder) }
  const wide = { max_connections: 1_024, max_pending_requests: 4_096, max_requests: 4_096 }
  const mirror = { max_connections: 64, max_pending_requests: 128, max_requests: 256 }
  return {
    static_resources: {
      listeners: [{ name: 'calls', address: loopback(port), filter_chains: [{ filters: [filter] }] }],
      clusters: [cluster('origin', to.origin, wide), cluster('mirror', to.mirror, mirror)],
    },
  }
}

export const envoy: Contestant = {
  name: 'Envoy',
  missing: notInstalled(program),
  version: () => versionLine(program ?? 'envoy', '--version'),
  supports: (task) => task !== 'fanout',
  start: (task, to, around) =>
    runProxy('envoy', around, async (place) => {
      const file = join(place.folder, 'envoy.json')
      writeFileSync(file, JSON.stringify(config(task, to, place)))
      return [program ?? 'envoy', '-c', file, '--concurrency', '1', '--disable-hot-restart', '-l', 'warn']
    }),
}
