/**
 * The demo's configuration, as a platform engineer would write it, with the ports that are free on this machine.
 */
export interface DemoPorts {
  readonly outbound: number
  readonly orders: number
  readonly admin: number
  readonly health: number
  readonly inventory: number
  readonly inventoryNext: number
  readonly payment: number
  readonly analytics: number
  readonly collector: number
}

export function demoConfiguration(ports: DemoPorts): string {
  return `# Tandem demo: one sidecar, four upstreams, four routes.
node: { id: demo, workload: shop-app, namespace: shop }
admin: { address: 127.0.0.1:${ports.admin} }
health: { address: 127.0.0.1:${ports.health} }
tracing: { otlp: "http://127.0.0.1:${ports.collector}", sample: 100, propagate: [tracecontext, baggage, b3] }
accessLog: { to: ./access.log, format: json }
drain: { timeout: 1s }

listeners:
  - { name: outbound, address: "127.0.0.1:${ports.outbound}" }
  - { name: orders, address: "127.0.0.1:${ports.orders}", host: orders.shop.internal }

upstreams:
  inventory: { endpoints: [ "127.0.0.1:${ports.inventory}" ] }
  inventory-next: { endpoints: [ "127.0.0.1:${ports.inventoryNext}" ] }
  payment: { endpoints: [ "127.0.0.1:${ports.payment}" ] }
  analytics:
    endpoints: [ "127.0.0.1:${ports.analytics}" ]
    bulkhead: { connections: 8, pending: 16, requests: 24 }

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
        - { name: analytics, upstream: analytics, path: /events, timeout: 200ms }
      succeed: required
      respond: combined

  # Nine of ten calls stay, the tenth tries the next version.
  - name: stock
    match: { host: stock.shop.internal }
    split: [ { upstream: inventory, weight: 90 }, { upstream: inventory-next, weight: 10 } ]

  # Every call is copied; the copy never makes the caller wait.
  - name: catalog
    match: { host: catalog.shop.internal }
    forward: inventory
    mirror: [ { upstream: analytics } ]

  - name: health
    match: { host: shop.internal, path: /health }
    respond: { status: 200, headers: { content-type: application/json }, body: '{"shop":"open"}' }
`
}
