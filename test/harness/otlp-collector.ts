/**
 * An OTLP/HTTP collector for tests: a real HTTP server that keeps the spans it is posted (OTLP's JSON form).
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty for a root. */
  readonly parentSpanId: string
  readonly name: string
  /** 2 is SERVER, 3 is CLIENT. */
  readonly kind: number
  readonly attributes: Readonly<Record<string, unknown>>
  /** 0 unset, 2 error. */
  readonly status: { readonly code: number; readonly message?: string }
  readonly traceState: string | undefined
  /** Attributes of the resource that it belongs to. */
  readonly resource: Readonly<Record<string, unknown>>
}

export interface Collector {
  /** Base URL, for `tracing.otlp`. */
  readonly url: string
  readonly spans: ReceivedSpan[]
  /** Paths that were posted to. */
  readonly paths: string[]
}

type Answer = (response: ServerResponse) => void

const taken: Answer = (response) => void response.setHeader('content-type', 'application/json').end('{}')

/** @param answer never answering is a collector that hangs. Closed when the test ends. */
export async function startCollector(answer: Answer = taken): Promise<Collector> {
  const spans: ReceivedSpan[] = []
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      spans.push(...spansOf(JSON.parse(Buffer.concat(chunks).toString()) as OtlpRequest))
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, paths }
}

interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface OtlpSpan extends Omit<ReceivedSpan, 'attributes' | 'resource' | 'parentSpanId'> {
  readonly parentSpanId?: string
  readonly attributes: readonly OtlpAttribute[]
}

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}

function spansOf({ resourceSpans }: OtlpRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => receivedSpan(span, attributesOf(resource.attributes)))),
  )
}

function receivedSpan(span: OtlpSpan, resource: Record<string, unknown>): ReceivedSpan {
  const { traceId, spanId, parentSpanId = '', name, kind, status, traceState } = span
  return { traceId, spanId, parentSpanId, name, kind, attributes: attributesOf(span.attributes), status, traceState, resource }
}

/** The value is the one member of `{ stringValue }`, `{ intValue }`. */
function attributesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
