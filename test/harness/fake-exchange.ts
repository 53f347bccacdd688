/**
 * An exchange without a socket: what the action under test says to the caller is kept, and the caller goes away when the test says so.
 */
import { type BodySource, BufferBody } from '../../proxy/http/body.ts'
import type { Exchange, Reply } from '../../proxy/http/exchange.ts'
import { getHeader, type HeaderList } from '../../proxy/http/headers.ts'

export class FakeReply implements Reply {
  readonly informed: number[] = []
  status = 0
  headers: HeaderList = []
  trailers: HeaderList | null = null
  started = false
  closed = false
  aborted = false
  bytesOut = 0
  /** What `write` says. */
  accepts = true
  onDrain: (() => void) | null = null
  /** Resolves when the reply has ended, whether whole or broken off. */
  readonly ended: Promise<void>
  readonly #ended = Promise.withResolvers<void>()
  readonly #chunks: Buffer[] = []

  constructor() {
    this.ended = this.#ended.promise
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString()
  }

  get json(): unknown {
    return JSON.parse(this.text)
  }

  header(lower: string): string | undefined {
    return getHeader(this.headers, lower)
  }

  inform(status: number): void {
    this.informed.push(status)
  }

  start(status: number, headers: HeaderList): void {
    if (this.started) throw new Error('the reply was started twice')
    if (this.closed) return
    this.started = true
    this.status = status
    this.headers = headers
  }

  write(chunk: Buffer): boolean {
    if (this.closed) return true
    this.#chunks.push(chunk)
    this.bytesOut += chunk.length
    return this.accepts
  }

  end(trailers: HeaderList | null = null): void {
    this.trailers = trailers
    this.#close()
  }

  abort(): void {
    this.aborted = true
    this.#close()
  }

  upgrade(): never {
    throw new Error('a fake reply cannot be upgraded')
  }

  #close(): void {
    this.closed = true
    this.#ended.resolve()
  }
}

export type ExchangeChanges = Partial<Omit<Exchange, 'reply' | 'body' | 'onCallerGone'>> & { readonly body?: string | BodySource | null }

/** POST to orders.test/orders over HTTP/1.1, and what the test changes. */
export class FakeExchange implements Exchange {
  readonly listener = { name: 'outbound', host: undefined, lenientPaths: false }
  readonly protocol: Exchange['protocol']
  readonly scheme = 'http'
  readonly method: string
  readonly authority: string
  readonly path: string
  readonly headers: HeaderList
  readonly body: BodySource | null
  readonly expectsContinue: boolean
  readonly upgrade: string | undefined
  readonly callerAddress = '127.0.0.1'
  readonly peer: Exchange['peer']
  readonly bytesIn = 0
  readonly reply = new FakeReply()
  onCallerGone: (() => void) | null = null

  constructor({ body = null, ...changes }: ExchangeChanges = {}) {
    this.protocol = changes.protocol ?? 'HTTP/1.1'
    this.method = changes.method ?? 'POST'
    this.authority = changes.authority ?? 'orders.test'
    this.path = changes.path ?? '/orders'
    this.headers = changes.headers ?? ['Host', 'orders.test', 'content-type', 'application/json']
    this.body = typeof body === 'string' ? new BufferBody(Buffer.from(body)) : body
    this.expectsContinue = changes.expectsContinue ?? false
    this.upgrade = changes.upgrade
    this.peer = changes.peer ?? null
  }

  callerGoes(): void {
    this.reply.closed = true
    const told = this.onCallerGone
    this.onCallerGone = null
    told?.()
  }
}
