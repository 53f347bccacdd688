/**
 * Envoy's whole configuration for a task: request ids, a JSON access log to a file, 1 % of the calls exported by OTLP over HTTP,
 * circuit breakers on the mirror's cluster as wide as Tandem's bulkhead.
 */
import { join } from 'node:path'
import type { Certificates, KeyPair } from '../certificates.ts'
import { type Destinations, type Place, type Surroundings, mirrorTimeoutMs, tracedPercent } from '../contestant.ts'
import { type RouteGrid, hostsOf, prefixesOf } from '../route-grid.ts'
import { serverName } from '../target.ts'
import { type Task, routesOf } from '../task.ts'

const types = 'type.googleapis.com/envoy'

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

function typed(name: string, type: string, settings: object = {}): object {
  return { name, typed_config: { '@type': `${types}.${type}`, ...settings } }
}

function loopback(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

function cluster(name: string, port: number, more: object = {}): object {
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }]
  return { name, type: 'STATIC', connect_timeout: '2s', load_assignment: { cluster_name: name, endpoints }, ...more }
}

function breakers(connections: number, pending: number, requests: number): object {
  return { circuit_breakers: { thresholds: [{ max_connections: connections, max_pending_requests: pending, max_requests: requests }] } }
}

function action(task: Task): object {
  if (task !== 'mirror') return { cluster: 'origin' }
  return { cluster: 'origin', timeout: `${mirrorTimeoutMs / 1_000}s`, request_mirror_policies: [{ cluster: 'mirror' }] }
}

function virtualHosts(task: Task, routes: RouteGrid | null): object[] {
  const route = action(task)
  if (routes === null) return [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }]
  const below = prefixesOf(routes).map((prefix) => ({ match: { path_separated_prefix: prefix }, route }))
  return hostsOf(routes).map((host) => ({ name: host, domains: [host], routes: below }))
}

function tracing(collector: number): object {
  const uri = { uri: `http://127.0.0.1:${collector}/v1/traces`, cluster: 'collector', timeout: '2s' }
  const settings = { http_service: { http_uri: uri }, service_name: 'envoy' }
  const provider = typed('envoy.tracers.opentelemetry', 'config.trace.v3.OpenTelemetryConfig', settings)
  return { random_sampling: { value: tracedPercent }, spawn_upstream_span: true, provider }
}

function connectionManager(task: Task, folder: string, collector: number): object {
  const log = { path: join(folder, 'access.log'), log_format: { json_format: logFields } }
  return typed(
    'envoy.filters.network.http_connection_manager',
    'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: 'calls',
      generate_request_id: true,
      tracing: tracing(collector),
      access_log: [typed('envoy.access_loggers.file', 'extensions.access_loggers.file.v3.FileAccessLog', log)],
      route_config: { virtual_hosts: virtualHosts(task, routesOf(task)) },
      http_filters: [typed('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router')],
      ...(task === 'tls-caller' ? { forward_client_cert_details: 'SANITIZE_SET', set_current_client_cert_details: { uri: true } } : {}),
    },
  )
}

const versions = { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' }

function trust({ authority }: Certificates): object {
  return { validation_context: { trusted_ca: { filename: authority.cert } } }
}

function shown({ cert, key }: KeyPair): object {
  return { tls_certificates: [{ certificate_chain: { filename: cert }, private_key: { filename: key } }] }
}

function downstreamTls(certificates: Certificates): object {
  const context = { tls_params: versions, ...shown(certificates.server), ...trust(certificates) }
  const settings = { require_client_certificate: true, common_tls_context: context }
  return { transport_socket: typed('tls', 'extensions.transport_sockets.tls.v3.DownstreamTlsContext', settings) }
}

function upstreamTls(certificates: Certificates): object {
  const settings = { sni: serverName, common_tls_context: { tls_params: versions, ...trust(certificates) } }
  return { transport_socket: typed('tls', 'extensions.transport_sockets.tls.v3.UpstreamTlsContext', settings) }
}

export function envoyConfig(task: Task, to: Destinations, { port, folder }: Place, around: Surroundings): object {
  const { certificates, collector } = around
  const encrypted = task === 'tls-upstream'
  const filters = [connectionManager(task, folder, collector)]
  const chain = task === 'tls-caller' ? { filters, ...downstreamTls(certificates) } : { filters }
  const origin = { ...breakers(1_024, 4_096, 4_096), ...(encrypted ? upstreamTls(certificates) : {}) }
  return {
    static_resources: {
      listeners: [{ name: 'calls', address: loopback(port), filter_chains: [chain] }],
      clusters: [
        cluster('origin', encrypted ? to.encrypted : to.origin, origin),
        cluster('mirror', to.mirror, breakers(64, 128, 256)),
        cluster('collector', collector),
      ],
    },
  }
}
