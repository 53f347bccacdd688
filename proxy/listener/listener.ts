/**
 * A listener: one local port, the connections that came in by it, and their orderly end.
 *
 * Invariant: every accepted socket is in `#connections` until it has closed, so nothing outlives `close`.
 * What is asked on a connection is the handler's business.
 */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import type { InboundConfig } from '../config/schema/inbound.ts'
import type { ListenerConfig } from '../config/schema/listener.ts'
import { nodeErrorCode } from '../error/node-error.ts'
import type { ProxyError } from '../error/proxy-error.ts'
import type { ExchangeHandler, ServerConnection, ServerLimits } from '../http/server-connection.ts'
import type { WorkloadIdentity } from '../identity/identity.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { InboundConnection } from './inbound-connection.ts'
import { listenFailure } from './listen-failure.ts'
import { DetectedConnection, type Serving } from './protocol-detection.ts'
import { RefusedCallers } from './refused-callers.ts'

export interface Listener {
  readonly name: string
  /** `host:port`, the port that was actually taken where 0 was asked for. */
  readonly address: string
  /** Exchanges in progress. */
  readonly active: number
  /** What can change while the port stays: whether new connections have to speak mTLS. */
  reconfigure(config: ListenerConfig): void
  /** Closes the port; connections go on. */
  stopAccepting(): void
  /** Closes the port, and every connection as soon as what is in progress on it has been answered. */
  drain(): void
  /** Closes the port and destroys what is left. Resolves when all is closed. */
  close(): Promise<void>
}

export interface ListenerDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: ServerLimits
  /** Of this workload, for inbound listeners. Without one they refuse every handshake. */
  readonly identity?: WorkloadIdentity | undefined
}

const logEveryMs = 10_000
const keepAliveDelayMs = 60_000

interface HostPort {
  readonly host: string
  readonly port: number
}

function parseAddress(address: string): HostPort {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon)
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(address.slice(colon + 1)) }
}

function formatAddress({ address, port, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

class TcpListener implements Listener {
  readonly name: string
  address: string
  readonly #server: Server
  readonly #serving: Serving
  readonly #connections = new Set<ServerConnection>()
  readonly #logger: Logger
  readonly #identity: WorkloadIdentity | undefined
  readonly #refused: RefusedCallers
  /** undefined on outbound listeners. */
  #mtls: InboundConfig['mtls'] | undefined
  #isDraining = false
  #loggedAt = -Infinity
  #unlogged = 0

  constructor(config: ListenerConfig, handler: ExchangeHandler, { clock, logger, limits, identity }: ListenerDeps) {
    this.name = config.name
    this.address = config.address
    this.#logger = logger
    this.#identity = identity
    this.#refused = new RefusedCallers(config.name, clock, logger)
    this.#mtls = config.inbound?.mtls
    this.#serving = { facts: { name: config.name, host: config.host, lenientPaths: config.paths === 'lenient' }, handler, limits, clock }
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelayMs }
    this.#server = createServer(options, (socket) => this.#accept(socket))
  }

  get active(): number {
    let active = 0
    for (const connection of this.#connections) active += connection.active
    return active
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(listenFailure(this.name, this.address, error))
      this.#server.once('error', failed)
      this.#server.listen(parseAddress(this.address), () => {
        this.#server.off('error', failed).on('error', this.#onError)
        this.address = formatAddress(this.#server.address() as AddressInfo)
        resolve()
      })
    })
  }

  reconfigure({ inbound }: ListenerConfig): void {
    this.#mtls = inbound?.mtls
  }

  stopAccepting(): void {
    if (this.#server.listening) this.#server.close()
  }

  drain(): void {
    this.#isDraining = true
    this.stopAccepting()
    for (const connection of this.#connections) connection.drain()
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const connection of this.#connections) connection.destroy()
    return closed
  }

  #accept(socket: Socket): void {
    const connection = this.#connection(socket)
    this.#connections.add(connection)
    socket.once('close', () => this.#connections.delete(connection))
    if (this.#isDraining) connection.drain()
  }

  #connection(socket: Socket): ServerConnection {
    const mtls = this.#mtls
    if (mtls === undefined) return new DetectedConnection(socket, this.#serving)
    return new InboundConnection(socket, { ...this.#serving, mtls, identity: this.#identity, onRefused: this.#onRefused })
  }

  /** Nobody was answered, so the status is 0. */
  readonly #onRefused = (error: ProxyError, callerAddress: string): void => {
    const { facts, handler } = this.#serving
    this.#refused.say(error, callerAddress)
    handler.onMalformed(error, { listener: facts, callerAddress, status: 0 })
  }

  /** Accepting fails for a while when the process has run out of file descriptors (EMFILE); it goes on by itself. */
  readonly #onError = (error: Error): void => {
    const now = this.#serving.clock.now()
    if (now - this.#loggedAt < logEveryMs) return void this.#unlogged++
    this.#logger.error('a connection could not be accepted', { listener: this.name, code: nodeErrorCode(error), more: this.#unlogged })
    this.#loggedAt = now
    this.#unlogged = 0
  }
}

/** @throws Error that says what to do, where the port cannot be had. */
export async function openListener(config: ListenerConfig, handler: ExchangeHandler, deps: ListenerDeps): Promise<Listener> {
  const listener = new TcpListener(config, handler, deps)
  await listener.open()
  return listener
}
