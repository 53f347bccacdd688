/**
 * The scenes of the demo, each a real call through the real sidecar: what was asked, what went where, what came back, and the trace.
 */
import { type AppAnswer, type AppCall, asCurl, call } from './app.ts'
import type { Received, Shop } from './apis.ts'
import { type Collector, drawTrace } from './collector.ts'
import type { DemoPorts } from './configuration.ts'

export interface Stage {
  readonly shop: Shop
  readonly collector: Collector
  readonly ports: DemoPorts
  say(line?: string): void
}

const traceTimeoutMs = 2_000

export function order(ports: DemoPorts, orderId: string): AppCall {
  return { method: 'POST', port: ports.orders, path: '/orders', body: { orderId, items: [{ sku: 'tandem', quantity: 1 }] } }
}

export function stock(ports: DemoPorts): AppCall {
  return { method: 'GET', port: ports.outbound, path: '/stock/tandem', host: 'stock.shop.internal' }
}

export function catalog(ports: DemoPorts): AppCall {
  return { method: 'GET', port: ports.outbound, path: '/catalog', host: 'catalog.shop.internal' }
}

function title(stage: Stage, text: string): void {
  stage.say()
  stage.say(`── ${text} ${'─'.repeat(Math.max(0, 90 - text.length))}`)
}

function showReceived(stage: Stage, received: readonly Received[]): void {
  for (const { api, method, path, body, mirrored } of received) {
    stage.say(`   -> ${api.padEnd(15)} ${method} ${path} ${body}${mirrored ? ' (mirror)' : ''}`.trimEnd())
  }
}

/** Makes one call and shows everything about it. @param spans how many spans its trace has when it is complete. */
async function show(stage: Stage, what: AppCall, spans: number): Promise<AppAnswer> {
  const { shop, collector } = stage
  stage.say(`$ ${asCurl(what)}`)
  shop.received.length = 0
  const answer = await call(what)
  const trace = await collector.trace(answer.traceId, spans, traceTimeoutMs)
  showReceived(stage, shop.received)
  const completed = answer.completed === undefined ? '' : `  x-tandem-completed: ${answer.completed}`
  stage.say(`   <- ${answer.status} in ${answer.ms.toFixed(1)} ms${completed}`)
  stage.say(`      ${answer.body.trim()}`)
  for (const line of drawTrace(trace, `app  trace ${answer.traceId}`)) stage.say(`      ${line}`)
  return answer
}

export async function fanOutScene(stage: Stage): Promise<void> {
  title(stage, 'One order becomes three calls, and one answer comes back (fan-out)')
  await show(stage, order(stage.ports, 'o-1'), 4)
}

export async function splitScene(stage: Stage): Promise<void> {
  title(stage, 'A hundred calls, split 90 to 10, exactly')
  const { shop, ports } = stage
  stage.say(`$ ${asCurl(stock(ports))}   (100 times)`)
  shop.received.length = 0
  for (let i = 0; i < 100; i++) await call(stock(ports))
  const count = (api: string) => shop.received.filter((one) => one.api === api).length
  stage.say(`   -> inventory ${count('inventory')}, inventory-next ${count('inventory-next')}`)
  await show(stage, stock(ports), 2)
}

export async function mirrorScene(stage: Stage): Promise<void> {
  title(stage, 'Each call is copied to a second upstream (mirror)')
  await show(stage, catalog(stage.ports), 3)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

async function medianOf(what: AppCall, calls: number): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < calls; i++) times.push((await call(what)).ms)
  return median(times)
}

export async function hungMirrorScene(stage: Stage): Promise<void> {
  title(stage, 'The mirror hangs, and the caller does not notice')
  const what = catalog(stage.ports)
  const healthy = await medianOf(what, 100)
  stage.shop.analytics.hung = true
  const hung = await medianOf(what, 100)
  stage.say(`$ ${asCurl(what)}   (100 times, then 100 times with analytics hung)`)
  stage.say(`   median with a healthy mirror ${healthy.toFixed(2)} ms, with a hung one ${hung.toFixed(2)} ms`)
  stage.say(`   mirrors so far: ${await mirrorCounts(stage.ports)}`)
}

/** The sidecar's own figures, as Prometheus would read them. */
async function mirrorCounts(ports: DemoPorts): Promise<string> {
  const { body } = await call({ method: 'GET', port: ports.health, path: '/metrics' })
  const lines = body.split('\n').filter((line) => line.startsWith('tandem_mirror_total{'))
  return lines.map((line) => line.replace(/^.*outcome="([a-z]+)".* ([0-9.]+)$/, '$1 $2')).join(', ')
}

export async function paymentDownScene(stage: Stage): Promise<void> {
  title(stage, 'Payment is down: the order fails as a whole, and the stock is given back')
  stage.shop.analytics.hung = false
  await stage.shop.payment.stop()
  await show(stage, order(stage.ports, 'o-2'), 4)
}
