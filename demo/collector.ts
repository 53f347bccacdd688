/**
 * A collector that fits into the demo: takes OTLP/HTTP in JSON as Jaeger does, keeps the spans, and draws a trace as a tree.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string }
}

interface ExportedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status?: { readonly code?: number; readonly message?: string }
  readonly attributes: readonly Attribute[]
}

export interface Span extends ExportedSpan {
  /** Whose span it is: `service.name`. */
  readonly service: string
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[]
  }[]
}

export class Collector {
  readonly #server: Server
  readonly #spans: Span[] = []
  readonly #arrivals = new Set<() => void>()

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      this.#take(JSON.parse(Buffer.concat(chunks).toString()) as Export)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Waits until `count` spans of the trace are there, or the time is up. */
  async trace(traceId: string, count: number, timeoutMs: number): Promise<readonly Span[]> {
    const found = () => this.#spans.filter((span) => span.traceId === traceId)
    if (found().length >= count) return found()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, timeoutMs)
      const arrivals = this.#arrivals
      function finish() {
        clearTimeout(timer)
        arrivals.delete(look)
        resolve()
      }
      function look() {
        if (found().length >= count) finish()
      }
      arrivals.add(look)
    })
    return found()
  }

  #take(document: Export): void {
    for (const { resource, scopeSpans } of document.resourceSpans) {
      const service = attribute(resource.attributes, 'service.name') ?? ''
      for (const { spans } of scopeSpans) this.#spans.push(...spans.map((span) => ({ ...span, service })))
    }
    for (const arrival of this.#arrivals) arrival()
  }
}

/** The lines of a trace, children under their parents, each with its time and its outcome. */
export function drawTrace(spans: readonly Span[], root: string): readonly string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const tops = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId))
  return [root, ...drawChildren(tops, spans, '')]
}

function drawChildren(children: readonly Span[], spans: readonly Span[], indent: string): readonly string[] {
  const ordered = children.toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)))
  return ordered.flatMap((span, place) => {
    const last = place === ordered.length - 1
    const below = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId)
    return [`${indent}${last ? '└─' : '├─'} ${describe(span)}`, ...drawChildren(below, spans, `${indent}${last ? '   ' : '│  '}`)]
  })
}

function describe(span: Span): string {
  const ms = Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6
  const status = attribute(span.attributes, 'http.response.status_code')
  const flags = attribute(span.attributes, 'tandem.flags')
  return [`${span.service}: ${span.name}`.padEnd(38), `${ms.toFixed(1)} ms`.padStart(9), status ?? '', flags ?? ''].join('  ').trimEnd()
}

function attribute(attributes: readonly Attribute[], key: string): string | undefined {
  const value = attributes.find((candidate) => candidate.key === key)?.value
  const text = value?.stringValue ?? value?.intValue
  return text === undefined || text === '' ? undefined : String(text)
}
