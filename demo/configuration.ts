/**
 * The demo's configuration files, as a platform engineer would write them, with the ports that are free on this machine.
 */
export const services = ['inventory', 'inventory-next', 'payment', 'analytics'] as const
export type Service = (typeof services)[number]

export interface ServicePorts {
  /** The API itself. */
  readonly api: number
  /** Its sidecar's inbound mTLS port. */
  readonly inbound: number
  readonly admin: number
  readonly health: number
}

export interface DemoPorts {
  readonly outbound: number
  readonly orders: number
  readonly admin: number
  readonly health: number
  readonly config: number
  readonly metrics: number
  readonly console: number
  readonly collector: number
  readonly services: Readonly<Record<Service, ServicePorts>>
}

export function controlPlaneConfiguration(ports: DemoPorts): string {
  return `trustDomain: mesh.local
state: ./state
listen: { config: 127.0.0.1:${ports.config}, metrics: 127.0.0.1:${ports.metrics}, console: 127.0.0.1:${ports.console} }
source: { folder: ./routing }
`
}

function bootstrap(ports: DemoPorts, workload: string, admin: number, health: number, token: string): string {
  return `node: { id: ${workload}-1, workload: ${workload}, namespace: shop }
admin: { address: 127.0.0.1:${admin} }
health: { address: 127.0.0.1:${health} }
controlPlane: { url: "https://127.0.0.1:${ports.config}", token: "${token}", trustBundle: ./state/ca.pem, lastGood: ./last-good/${workload}.json }
tracing: { otlp: "http://127.0.0.1:${ports.collector}", sample: 100, propagate: [tracecontext, baggage, b3] }
accessLog: { to: ./${workload}.log }
drain: { timeout: 1s }
`
}

/** The sidecar beside the app that calls. Where its calls go is not said here: that is pushed. */
export function appConfiguration(ports: DemoPorts, token: string): string {
  return `${bootstrap(ports, 'shop-app', ports.admin, ports.health, token)}listeners:
  - { name: outbound, address: "127.0.0.1:${ports.outbound}" }
  - { name: orders, address: "127.0.0.1:${ports.orders}", host: orders.shop.internal }
`
}

/** The sidecar beside an API: it lets the shop's app in, and nobody else. */
export function serviceConfiguration(ports: DemoPorts, service: Service, token: string): string {
  const own = ports.services[service]
  return `${bootstrap(ports, service, own.admin, own.health, token)}listeners:
  - name: inbound
    address: "127.0.0.1:${own.inbound}"
    inbound: { app: "127.0.0.1:${own.api}", mtls: strict, allow: [ { from: "spiffe://mesh.local/ns/shop/sa/shop-app" } ] }
`
}

function upstream(ports: DemoPorts, service: Service, more = ''): string {
  const { inbound } = ports.services[service]
  return `  ${service}: { endpoints: [ "127.0.0.1:${inbound}" ], tls: mesh, identity: "spiffe://mesh.local/ns/shop/sa/${service}"${more} }`
}

/** The routing that the control plane pushes to the app's sidecar. @param weights of inventory and inventory-next. */
export function routing(ports: DemoPorts, weights: readonly [string, string]): string {
  return `# Whom this file is for; without it everybody.
for: { namespace: shop, workload: shop-app }

upstreams:
${upstream(ports, 'inventory')}
${upstream(ports, 'inventory-next')}
${upstream(ports, 'payment')}
${upstream(ports, 'analytics', ', bulkhead: { connections: 8, pending: 16, requests: 24 }')}
  # An API that has no sidecar yet.
  legacy: { endpoints: [ "127.0.0.1:${ports.services.inventory.api}" ] }

routes:
  # One call becomes three, and one answer comes back.
  - name: place-order
    match: { host: orders.shop.internal, path: /orders, method: POST }
    timeout: 2s
    fanout:
      to:
        - name: inventory
          upstream: inventory
          path: /deductStock
          required: true
          body: '{ "orderId": orderId, "items": items }'
          compensate: { path: /restock, body: '{ "orderId": orderId }' }
        - { name: payment, upstream: payment, path: /charge, required: true }
        - { name: analytics, upstream: analytics, path: /events, timeout: 500ms }
      succeed: required
      respond: combined

  # Nine of ten calls stay, the tenth tries the next version.
  - name: stock
    match: { host: stock.shop.internal }
    split: [ { upstream: inventory, weight: ${weights[0]} }, { upstream: inventory-next, weight: ${weights[1]} } ]

  # Every call is copied; the copy never makes the caller wait.
  - name: catalog
    match: { host: catalog.shop.internal }
    forward: inventory
    mirror: [ { upstream: analytics } ]

  - name: legacy
    match: { host: legacy.shop.internal }
    forward: legacy

  # Two answers that need no upstream.
  - name: hours
    match: { host: shop.internal, path: /hours }
    respond: { headers: { content-type: application/json }, body: '{"open":"always"}' }
  - name: old-catalog
    match: { host: shop.internal, pathPrefix: /catalog }
    redirect: { host: catalog.shop.internal, status: 308 }
`
}
