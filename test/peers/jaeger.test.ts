/**
 * A real Jaeger shows one tree for a fan-out and its mirror: the app's span, the call below it, each destination and the mirror below that.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../bench/lib/ports.ts'
import { httpCall } from '../harness/http-call.ts'
import { spawnMesh } from '../harness/mesh-processes.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { spawnProxy } from '../harness/proxy-process.ts'
import { peer } from './peer.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const appSpan = 'b7ad6b7169203331'

interface Jaeger {
  /** OTLP over HTTP. */
  readonly otlp: string
  /** Query API. */
  readonly query: string
}

/** No batching in Jaeger: what it has accepted can be queried. */
const configuration = (otlp: number, query: number, queryGrpc: number) => `
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
  telemetry: { logs: { level: info }, metrics: { level: none } }
extensions:
  jaeger_query: { storage: { traces: memory }, http: { endpoint: "127.0.0.1:${query}" }, grpc: { endpoint: "127.0.0.1:${queryGrpc}" } }
  jaeger_storage: { backends: { memory: { memory: { max_traces: 1000 } } } }
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:${otlp}" } } }
exporters: { jaeger_storage_exporter: { trace_storage: memory } }
`

async function startJaeger(): Promise<Jaeger> {
  const [otlp, query, queryGrpc] = [await freePort(), await freePort(), await freePort()]
  const folder = await mkdtemp(join(tmpdir(), 'tandem-jaeger-'))
  const file = join(folder, 'jaeger.yaml')
  await writeFile(file, configuration(otlp, query, queryGrpc))
  const jaeger = spawn(peer('jaeger') ?? 'jaeger is not installed', ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(async () => {
    if (jaeger.exitCode === null && jaeger.kill('SIGKILL')) await once(jaeger, 'exit')
    await rm(folder, { recursive: true, force: true })
  })
  await saidReady(jaeger)
  return { otlp: `http://127.0.0.1:${otlp}`, query: `http://127.0.0.1:${query}` }
}

function saidReady(jaeger: ChildProcess): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    jaeger.on('error', reject)
    jaeger.on('exit', () => reject(new Error(`Jaeger ended: ${said}`)))
    jaeger.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Everything is ready')) resolve()
    })
  })
}

/** The span that the app is in when it calls, as its own SDK would send it. */
async function sendAppSpan({ otlp }: Jaeger): Promise<void> {
  const attributes = [{ key: 'service.name', value: { stringValue: 'shop-app' } }]
  const startTimeUnixNano = `${Date.now()}000000`
  const endTimeUnixNano = `${Date.now() + 1_000}000000`
  const span = { traceId, spanId: appSpan, name: 'place order', kind: 1, startTimeUnixNano, endTimeUnixNano }
  const body = JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] })
  const answer = await fetch(`${otlp}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(answer.status).toBe(200)
}

interface JaegerSpan {
  readonly spanID: string
  readonly operationName: string
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[]
  readonly tags: readonly { readonly key: string; readonly value: unknown }[]
  readonly processID: string
}

interface JaegerTrace {
  readonly spans: readonly JaegerSpan[]
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>
}

async function tracesOf({ query }: Jaeger): Promise<readonly JaegerTrace[]> {
  const answer = await fetch(`${query}/api/traces/${traceId}`)
  const { data } = (await answer.json()) as { readonly data: readonly JaegerTrace[] }
  return data
}

/** `name` below the name of its parent, as a path from the root. */
function pathTo(span: JaegerSpan, spans: readonly JaegerSpan[]): string {
  const parent = spans.find(({ spanID }) => spanID === span.references[0]?.spanID)
  return parent === undefined ? span.operationName : `${pathTo(parent, spans)} > ${span.operationName}`
}

const routing = (collector: string, inventory: Origin, payment: Origin, next: Origin) => `
node: { workload: checkout, namespace: shop }
tracing: { otlp: "${collector}", propagate: [tracecontext, b3] }
upstreams:
  inventory: { endpoints: ["${inventory.address}"] }
  payment: { endpoints: ["${payment.address}"] }
  orders-next: { endpoints: ["${next.address}"] }
routes:
  - name: place-order
    match: { path: /orders }
    fanout: { to: [{ upstream: inventory }, { name: charge, upstream: payment, path: /charge }] }
    mirror: [{ upstream: orders-next }]
`

function parentSent({ received }: Origin): string | undefined {
  return String(received[0]?.headers['traceparent']).split('-')[2]
}

test('a fan-out and its mirror are one tree in Jaeger, below the span of the app', async () => {
  const jaeger = await startJaeger()
  const [inventory, payment, next] = [await startOrigin(), await startOrigin(), await startOrigin()]
  const proxy = await spawnProxy(routing(jaeger.otlp, inventory, payment, next))
  await proxy.said('info ready')
  const headers = { traceparent: `00-${traceId}-${appSpan}-01`, 'content-type': 'application/json' }
  await sendAppSpan(jaeger)
  expect((await httpCall(proxy.portOf('outbound'), { method: 'POST', path: '/orders', headers, body: '{"id":7}' })).status).toBe(200)
  await next.receivedCount(1)
  proxy.signal('SIGTERM')
  expect((await proxy.ended).code).toBe(0)

  const traces = await tracesOf(jaeger)
  expect(traces).toHaveLength(1)
  const [{ spans, processes } = { spans: [], processes: {} }] = traces
  const above = 'place order > POST place-order'
  expect(spans.map((span) => pathTo(span, spans)).toSorted()).toEqual([
    'place order',
    above,
    `${above} > charge`,
    `${above} > inventory`,
    `${above} > mirror orders-next`,
  ])
  for (const span of spans.filter(({ spanID }) => spanID !== appSpan)) {
    expect(processes[span.processID]?.serviceName).toBe('checkout')
    expect(span.tags).toContainEqual(expect.objectContaining({ key: 'tandem.route', value: 'place-order' }))
    expect(span.tags).toContainEqual(expect.objectContaining({ key: 'http.response.status_code', value: 200 }))
  }
  const ids = new Map(spans.map(({ operationName, spanID }) => [operationName, spanID]))
  expect(parentSent(inventory)).toBe(ids.get('inventory'))
  expect(parentSent(payment)).toBe(ids.get('charge'))
  expect(parentSent(next)).toBe(ids.get('mirror orders-next'))
})

test('a call through two sidecars under mutual TLS is one tree, and its spans name both identities', async () => {
  const jaeger = await startJaeger()
  const app = await startOrigin()
  const tracing = `tracing: { otlp: "${jaeger.otlp}" }\n`
  const { port, caller, callee } = await spawnMesh(app.address, { bootstrap: tracing })
  await sendAppSpan(jaeger)
  expect((await httpCall(port, { headers: { traceparent: `00-${traceId}-${appSpan}-01` } })).status).toBe(200)
  for (const proxy of [caller, callee]) proxy.signal('SIGTERM')
  await Promise.all([caller.ended, callee.ended])

  const [{ spans, processes } = { spans: [], processes: {} }] = await tracesOf(jaeger)
  const services = spans.map((span) => `${processes[span.processID]?.serviceName}: ${pathTo(span, spans)}`)
  expect(services.toSorted()).toEqual([
    'checkout: place order > GET stock',
    'checkout: place order > GET stock > inventory',
    'inventory: place order > GET stock > inventory > GET inbound',
    'inventory: place order > GET stock > inventory > GET inbound > inbound',
    'shop-app: place order',
  ])
  const peers = spans.flatMap(({ tags }) => tags.filter(({ key }) => key === 'tandem.peer.id').map(({ value }) => String(value)))
  expect(peers.toSorted()).toEqual(['spiffe://mesh.local/ns/shop/sa/checkout', 'spiffe://mesh.local/ns/shop/sa/inventory'])
})
