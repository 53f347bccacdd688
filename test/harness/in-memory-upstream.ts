/**
 * An upstream without sockets: each call that it gets is kept, and answered, broken or left hanging by the test.
 */
import type { UpstreamConfig } from '../../proxy/config/schema/upstream.ts'
import type { ErrorCode } from '../../proxy/error/table.ts'
import { ProxyError } from '../../proxy/error/proxy-error.ts'
import { collectBody } from '../../proxy/http/collect.ts'
import type { DispatchController, DispatchHandler, OutboundCall } from '../../proxy/http/dispatch.ts'
import { getHeader, type HeaderList } from '../../proxy/http/headers.ts'
import type { Upstream, UpstreamFigures } from '../../proxy/upstream/upstream.ts'

/** One call as the upstream got it, and what the test makes of it. */
export class InMemoryCall implements DispatchController {
  readonly outbound: OutboundCall
  readonly endpoint: string
  body = ''
  aborted = false
  /** Why it was aborted. */
  reason: ProxyError | null = null
  paused = false
  readonly #handler: DispatchHandler
  #over = false

  constructor(outbound: OutboundCall, handler: DispatchHandler, endpoint: string) {
    this.outbound = outbound
    this.#handler = handler
    this.endpoint = endpoint
    if (outbound.body !== null) collectBody(outbound.body, 1e9, (result) => void (this.body = String(result)), 'body')
  }

  begin(): void {
    this.#handler.onRequestStart(this)
  }

  header(lower: string): string | undefined {
    return getHeader(this.outbound.headers, lower)
  }

  /** The whole answer at once. */
  answer(status: number, body: string | Buffer = '', headers: HeaderList = []): void {
    this.head(status, headers)
    this.data(body)
    this.end()
  }

  head(status: number, headers: HeaderList = []): void {
    if (!this.#over) this.#handler.onResponseStart(this, status, headers, '')
  }

  data(body: string | Buffer): void {
    if (!this.#over && body.length > 0) this.#handler.onResponseData(this, Buffer.from(body))
  }

  end(trailers: HeaderList | null = null): void {
    if (this.#over) return
    this.#over = true
    this.#handler.onResponseEnd(this, trailers)
  }

  fail(code: ErrorCode, detail: string = code): void {
    if (this.#over) return
    this.#over = true
    this.#handler.onResponseError(this, new ProxyError(code, { detail }))
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  abort(reason: ProxyError): void {
    if (this.#over) return
    this.#over = true
    this.aborted = true
    this.reason = reason
    this.#handler.onResponseError(this, reason)
  }
}

export class InMemoryUpstream implements Upstream {
  readonly name: string
  readonly config: UpstreamConfig
  readonly calls: InMemoryCall[] = []
  /** Every call fails with this, within dispatch. */
  refuses: ErrorCode | null = null
  readonly #looks = new Set<() => void>()

  constructor(name: string, requestTimeoutMs = 15_000) {
    this.name = name
    this.config = {
      endpoints: ['10.0.0.1:80'],
      protocol: 'http1',
      tls: 'off',
      balance: 'leastRequest',
      bulkhead: { connections: 64, pending: 128, requests: 256 },
      timeout: { connect: 1_000, request: requestTimeoutMs, idle: 60_000 },
    }
  }

  readonly dispatch = (outbound: OutboundCall, handler: DispatchHandler): void => {
    const call = new InMemoryCall(outbound, handler, `${this.name}:80`)
    this.calls.push(call)
    call.begin()
    if (this.refuses !== null) call.fail(this.refuses)
    for (const look of this.#looks) look()
  }

  /** The call of that index. @throws where it has not come. */
  call(index = 0): InMemoryCall {
    const call = this.calls[index]
    if (call === undefined) throw new Error(`${this.name} has got ${this.calls.length} calls`)
    return call
  }

  /** Resolves with the call of that index as soon as it is there. */
  called(index = 0): Promise<InMemoryCall> {
    return new Promise((resolve) => {
      const look = () => {
        const call = this.calls[index]
        if (call === undefined) return
        this.#looks.delete(look)
        resolve(call)
      }
      this.#looks.add(look)
      look()
    })
  }

  figures(): UpstreamFigures {
    throw new Error('an in-memory upstream has no figures')
  }

  readonly closed = Promise.resolve()

  close(): void {}
}
