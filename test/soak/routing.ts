/**
 * The configuration under which the sidecar is soaked: a route for every action, upstreams that will be ill now and then.
 * Each edition differs from the one before in one upstream, one expression and one host, so that every reload has something to replace.
 */
import type { OriginPorts } from './origins.ts'

/** Loopback only; short times, so that what hangs is over soon and idle connections are gone before the end. */
const times = 'timeout: { connect: 300ms, request: 1s, idle: 2s }'

/** @param collector port to which spans go. */
export function bootstrap(collector: number): string {
  return `admin: { address: "127.0.0.1:0" }
health: { address: "127.0.0.1:0" }
accessLog: { to: stdout }
tracing: { otlp: "http://127.0.0.1:${collector}", sample: 10, propagate: [tracecontext, baggage, b3] }
listeners: [{ name: outbound, address: "127.0.0.1:0" }]
`
}

export function routing(edition: number, [a, b, c]: readonly [OriginPorts, OriginPorts, OriginPorts]): string {
  return `upstreams:
  a: { endpoints: ["127.0.0.1:${a.http1}"], ${times} }
  b: { endpoints: ["127.0.0.1:${b.http1}"], ${times} }
  both: { endpoints: ["127.0.0.1:${a.http1}", { address: "127.0.0.1:${b.http1}", weight: 2 }], balance: roundRobin, ${times} }
  copy: { endpoints: ["127.0.0.1:${c.http1}"], bulkhead: { connections: 8, pending: 16, requests: 24 }, ${times} }
  grpc: { endpoints: ["127.0.0.1:${b.http2}", "127.0.0.1:${c.http2}"], protocol: http2, ${times} }
  changing: { endpoints: ["127.0.0.1:${b.http1}"], timeout: { connect: 300ms, request: ${1000 + (edition % 7)}ms, idle: 2s } }
routes:
  - { name: catalog, match: { pathPrefix: /catalog }, forward: { upstream: a, pathPrefix: / } }
  - { name: split, match: { pathPrefix: /split }, split: [{ upstream: a, weight: 90 }, { upstream: changing, weight: 10 }], sticky: { header: x-user } }
  - { name: mirrored, match: { pathPrefix: /mirrored }, forward: both, timeout: 900ms, mirror: [{ upstream: copy, percent: 50 }, { upstream: copy, name: gated, when: accepted, bodyLimit: 64KiB }] }
  - name: orders
    match: { path: /orders, method: POST }
    timeout: 900ms
    fanout:
      to:
        - { name: inventory, upstream: a, path: /deductStock, required: true, body: '{ "id": orderId, "edition": ${edition}, "n": $count(items) }', compensate: { path: /putBack } }
        - { name: payment, upstream: changing, path: /charge, required: true, body: '{ "sum": $sum(items.price) }' }
        - { name: analytics, upstream: copy, timeout: 100ms }
      succeed: required
    mirror: [{ upstream: b, percent: 20 }]
  - { name: first, match: { pathPrefix: /first }, timeout: 900ms, fanout: { to: [{ upstream: a }, { upstream: b }], respond: first } }
  - { name: merged, match: { path: /merged }, timeout: 900ms, fanout: { to: [{ upstream: a }, { upstream: b }], succeed: any, respond: merge } }
  - { name: shaped, match: { path: /shaped }, timeout: 900ms, fanout: { to: [{ upstream: a }, { upstream: b }], succeed: any, respond: { jsonata: '{ "ok": results.a.status = 200, "edition": ${edition} }' } } }
  - { name: rewritten, match: { path: /rewritten }, forward: { upstream: changing, body: '{ "doubled": items.price * 2 }' } }
  - { name: calls, match: { pathPrefix: /soak.Calls }, forward: grpc, mirror: [{ upstream: grpc, percent: 30 }] }
  - { name: hello, match: { path: /hello, host: "*.t.test" }, respond: { body: hello ${edition} } }
  - { name: hello-too, match: { path: /hello }, respond: { body: hello } }
  - { name: moved, match: { path: /moved }, redirect: { path: /hello } }
`
}
