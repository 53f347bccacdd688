/**
 * The scenes of the demo, each a real call through the real sidecar: what was asked, what went where, what came back, and the trace.
 */
import { type AppAnswer, type AppCall, asCurl, call } from './app.ts'
import type { Received, Shop } from './apis.ts'
import { type Collector, drawTrace } from './collector.ts'
import type { DemoPorts } from './configuration.ts'
import { type DemoMesh, untilReady } from './mesh.ts'

export interface Stage {
  readonly shop: Shop
  readonly collector: Collector
  readonly mesh: DemoMesh
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

export function legacy(ports: DemoPorts): AppCall {
  return { method: 'GET', port: ports.outbound, path: '/stock/tandem', host: 'legacy.shop.internal' }
}

/** Calls that need no upstream: an answer of the sidecar's own, and a redirect. */
export function answered(ports: DemoPorts): readonly AppCall[] {
  return ['/hours', '/catalog'].map((path) => ({ method: 'GET', port: ports.outbound, path, host: 'shop.internal' }))
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
  await show(stage, order(stage.ports, 'o-1'), 10)
}

/** A hundred calls, one after the other: who got them, and how many failed. */
async function hundredCalls(stage: Stage, what = stock(stage.ports)): Promise<void> {
  const { shop } = stage
  stage.say(`$ ${asCurl(what)}   (100 times)`)
  shop.received.length = 0
  let failed = 0
  for (let i = 0; i < 100; i++) if ((await call(what)).status !== 200) failed++
  const count = (api: string) => shop.received.filter((one) => one.api === api).length
  stage.say(`   -> inventory ${count('inventory')}, inventory-next ${count('inventory-next')}; ${failed} failed`)
}

export async function splitScene(stage: Stage): Promise<void> {
  title(stage, 'A hundred calls, split 90 to 10, exactly')
  const { ports } = stage
  await hundredCalls(stage)
  await show(stage, stock(ports), 4)
}

export async function mirrorScene(stage: Stage): Promise<void> {
  title(stage, 'Each call is copied to a second upstream (mirror)')
  await show(stage, catalog(stage.ports), 7)
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
  await show(stage, order(stage.ports, 'o-2'), 11)
}

/** Version of the routing that the app's sidecar serves. */
async function servedVersion(ports: DemoPorts): Promise<string> {
  const { body } = await call({ method: 'GET', port: ports.admin, path: '/config' })
  return (JSON.parse(body) as { version: string }).version
}

export async function pushScene(stage: Stage): Promise<void> {
  title(stage, 'A weight is edited, and the control plane pushes it')
  const { mesh, ports } = stage
  const before = await servedVersion(ports)
  const edited = performance.now()
  await mesh.writeRouting(['50', '50'])
  let after = before
  while (after === before) after = await servedVersion(ports)
  stage.say(
    `   routing/shop.yaml: weights 50 and 50; in force in the sidecar after ${(performance.now() - edited).toFixed(0)} ms (100 ms of them wait for quiet)`,
  )
  stage.say(`   version ${before} -> ${after}`)
  await hundredCalls(stage)
}

export async function brokenPushScene(stage: Stage): Promise<void> {
  title(stage, 'A broken file is refused, and nothing is lost')
  const { mesh, ports } = stage
  const before = await servedVersion(ports)
  await mesh.writeRouting(['most', 'some'])
  const [error] = await sourceErrors(ports)
  stage.say(`   ${error}`)
  await hundredCalls(stage)
  stage.say(`   version ${before} -> ${await servedVersion(ports)}`)
  await mesh.writeRouting(['50', '50'])
}

interface SourceError {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly path: string
  readonly message: string
}

/** What the control plane finds wrong with its files, as soon as it has looked at them. */
async function sourceErrors(ports: DemoPorts): Promise<readonly string[]> {
  for (;;) {
    const { body } = await call({ method: 'GET', port: ports.console, path: '/api/status' })
    const { sourceErrors: errors } = JSON.parse(body) as { sourceErrors: readonly SourceError[] }
    if (errors.length > 0) return errors.map(({ file, line, column, path, message }) => `${file}:${line}:${column}: ${path}: ${message}`)
  }
}

export async function controlPlaneDownScene(stage: Stage): Promise<void> {
  title(stage, 'The control plane stops, a sidecar restarts, and goes on serving')
  const { mesh, ports } = stage
  await mesh.stopControlPlane()
  stage.say('   the control plane is down; calls go on:')
  await hundredCalls(stage)
  await mesh.stopApp()
  const started = performance.now()
  await mesh.startApp()
  const version = await servedVersion(ports)
  stage.say(
    `   the app's sidecar is up again after ${(performance.now() - started).toFixed(0)} ms with its last good routing, version ${version}:`,
  )
  await hundredCalls(stage, legacy(ports))
  await mesh.startControlPlane()
  await untilReady(ports.health)
  stage.say('   its key was in memory only; with the control plane back it has a new certificate, and mutual TLS works again:')
  await hundredCalls(stage)
}
