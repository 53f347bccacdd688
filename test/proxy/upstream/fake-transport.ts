/**
 * The transport under an upstream, held in the hand: connections open, fail, answer and close when the test says so.
 */
import { Duplex } from 'node:stream'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import type { Dispatch, DispatchController, DispatchHandler, OutboundCall } from '../../../proxy/http/dispatch.ts'
import type { HeaderList } from '../../../proxy/http/headers.ts'
import { type Connect, type Connection, type ConnectionOwner, type ConnectOptions, Unserved } from '../../../proxy/transport/connection.ts'

export class FakeCall implements DispatchController {
  aborted = false
  paused = false
  over = false
  readonly call: OutboundCall
  readonly handler: DispatchHandler
  readonly connection: FakeConnection

  constructor(call: OutboundCall, handler: DispatchHandler, connection: FakeConnection) {
    this.call = call
    this.handler = handler
    this.connection = connection
  }

  get endpoint(): string {
    return this.connection.endpoint
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  abort(reason: ProxyError): void {
    if (this.over) return
    this.aborted = true
    this.over = true
    this.connection.leave(this, this.connection.capacity === 1)
    this.handler.onResponseError(this, reason)
  }

  head(status = 200, headers: HeaderList = []): void {
    this.handler.onResponseStart(this, status, headers, '')
  }

  data(text: string): void {
    this.handler.onResponseData(this, Buffer.from(text))
  }

  end(): void {
    this.over = true
    this.handler.onResponseEnd(this, null)
    this.connection.leave(this, false)
  }

  /** Head and end. */
  answer(): void {
    this.head()
    this.end()
  }

  /** The connection breaks under the call. */
  fail(cause?: unknown): void {
    this.over = true
    this.connection.leave(this, true)
    this.handler.onResponseError(this, new ProxyError('upstream_closed', { cause }))
  }

  unserved(processed: 'unknown' | 'no', closes = true): void {
    this.over = true
    const error = new ProxyError('upstream_closed', { cause: new Unserved(processed, 'not served') })
    this.handler.onResponseError(this, error)
    this.connection.leave(this, closes)
  }

  upgrade(): Duplex {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
    this.handler.onRequestUpgrade(this, 101, [], socket)
    return socket
  }
}

export class FakeConnection implements Connection {
  closed = false
  readonly endpoint: string
  readonly calls: FakeCall[] = []
  capacity: number
  readonly #owner: ConnectionOwner

  constructor(endpoint: string, capacity: number, owner: ConnectionOwner) {
    this.endpoint = endpoint
    this.capacity = capacity
    this.#owner = owner
  }

  get active(): number {
    return this.calls.length
  }

  get free(): number {
    return this.closed ? 0 : Math.max(0, this.capacity - this.calls.length)
  }

  readonly dispatch: Dispatch = (call, handler) => {
    if (this.free === 0) throw new Error('dispatch on a connection without room')
    const made = new FakeCall(call, handler, this)
    this.calls.push(made)
    handler.onRequestStart(made)
  }

  close(): void {
    this.peerCloses()
  }

  destroy(): void {
    this.peerCloses()
  }

  /** Takes no more calls; those in progress go on. */
  peerCloses(): void {
    if (this.closed) return
    this.closed = true
    this.#owner.onClosed(this)
  }

  allow(capacity: number): void {
    const before = this.free
    this.capacity = capacity
    if (this.free > before) this.#owner.onAvailable(this)
  }

  leave(call: FakeCall, closes: boolean): void {
    this.calls.splice(this.calls.indexOf(call), 1)
    if (closes) this.peerCloses()
    else if (!this.closed) this.#owner.onAvailable(this)
  }
}

export class FakeOpening {
  cancelled = false
  settled = false
  readonly options: ConnectOptions
  readonly #owner: ConnectionOwner
  readonly #opened: (connection: Connection) => void
  readonly #failed: (error: ProxyError) => void
  readonly #transport: FakeTransport

  constructor(transport: FakeTransport, [options, owner, opened, failed]: Parameters<Connect>) {
    this.#transport = transport
    this.options = options
    this.#owner = owner
    this.#opened = opened
    this.#failed = failed
  }

  get pending(): boolean {
    return !this.cancelled && !this.settled
  }

  open(capacity = 1): FakeConnection {
    this.#settle()
    const { host, port } = this.options
    const connection = new FakeConnection(`${host}:${port}`, capacity, this.#owner)
    this.#transport.connections.push(connection)
    this.#opened(connection)
    return connection
  }

  fail(): void {
    this.#settle()
    this.#failed(new ProxyError('connect_failed'))
  }

  #settle(): void {
    if (!this.pending) throw new Error('this opening is over')
    this.settled = true
  }
}

export class FakeTransport {
  readonly openings: FakeOpening[] = []
  readonly connections: FakeConnection[] = []

  readonly connect: Connect = (...args) => {
    const opening = new FakeOpening(this, args)
    this.openings.push(opening)
    return () => {
      opening.cancelled = true
    }
  }

  /** Openings that have neither opened nor failed nor been cancelled. */
  get opening(): FakeOpening[] {
    return this.openings.filter((opening) => opening.pending)
  }

  get live(): FakeConnection[] {
    return this.connections.filter((connection) => !connection.closed)
  }

  /** Calls that are on a connection. */
  get calls(): FakeCall[] {
    return this.connections.flatMap((connection) => connection.calls)
  }

  /** Opens the connection that was asked for first. */
  open(capacity = 1): FakeConnection {
    const [first] = this.opening
    if (first === undefined) throw new Error('nothing is opening')
    return first.open(capacity)
  }
}
