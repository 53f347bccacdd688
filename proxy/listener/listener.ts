/**
 * A listener: the connections that came in by one local port, and their orderly end.
 *
 * Invariant: every socket that it takes is in `#connections` until it has closed, so nothing outlives `close`.
 * What is asked on a connection is the handler's business.
 */
import type { Socket } from 'node:net'
import type { InboundConfig } from '../config/schema/inbound.ts'
import type { ListenerConfig } from '../config/schema/listener.ts'
import type { ProxyError } from '../error/proxy-error.ts'
import type { ExchangeHandler, ServerConnection, ServerLimits } from '../http/server-connection.ts'
import type { WorkloadIdentity } from '../identity/identity.ts'
import type { Clock } from '../runtime/clock.ts'
import { LimitedWarnings } from '../runtime/limited-warnings.ts'
import type { Logger } from '../runtime/logger.ts'
import { InboundConnection } from './inbound-connection.ts'
import { openPort, type Port } from './port.ts'
import { DetectedConnection, type Serving } from './protocol-detection.ts'

export interface Listener {
  readonly name: string
  /** `host:port`, the port that was actually taken where 0 was asked for. */
  readonly address: string
  /** Exchanges in progress. */
  readonly active: number
  /** What can change while the port stays: whether new connections have to speak mTLS. */
  reconfigure(config: ListenerConfig): void
  /** A connection that was accepted elsewhere. */
  take(socket: Socket): void
  /** Closes the port, and every connection as soon as what is in progress on it has ended. Resolves when all is closed. */
  drain(): Promise<void>
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

class CallerListener implements Listener {
  readonly name: string
  /** null where another thread accepts. */
  port: Port | null = null
  readonly #address: string
  readonly #serving: Serving
  readonly #connections = new Set<ServerConnection>()
  readonly #identity: WorkloadIdentity | undefined
  readonly #refused: LimitedWarnings
  /** undefined on outbound listeners. */
  #mtls: InboundConfig['mtls'] | undefined
  #isDraining = false
  #emptied = Promise.withResolvers<void>()

  constructor(config: ListenerConfig, handler: ExchangeHandler, { clock, logger, limits, identity }: ListenerDeps) {
    this.name = config.name
    this.#address = config.address
    this.#identity = identity
    this.#refused = new LimitedWarnings('a caller was not let in', clock, logger)
    this.#mtls = config.inbound?.mtls
    this.#serving = { facts: { name: config.name, host: config.host, lenientPaths: config.paths === 'lenient' }, handler, limits, clock }
  }

  get address(): string {
    return this.port?.address ?? this.#address
  }

  get active(): number {
    let active = 0
    for (const connection of this.#connections) active += connection.active
    return active
  }

  reconfigure({ inbound }: ListenerConfig): void {
    this.#mtls = inbound?.mtls
  }

  take(socket: Socket): void {
    const connection = this.#connection(socket)
    if (this.#connections.size === 0) this.#emptied = Promise.withResolvers()
    this.#connections.add(connection)
    socket.once('close', () => this.#forget(connection))
    if (this.#isDraining) connection.drain()
  }

  drain(): Promise<void> {
    this.#isDraining = true
    const closed = this.#closed()
    for (const connection of this.#connections) connection.drain()
    return closed
  }

  close(): Promise<void> {
    const closed = this.#closed()
    for (const connection of this.#connections) connection.destroy()
    return closed
  }

  async #closed(): Promise<void> {
    await this.port?.close()
    if (this.#connections.size > 0) await this.#emptied.promise
  }

  #forget(connection: ServerConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#emptied.resolve()
  }

  #connection(socket: Socket): ServerConnection {
    const mtls = this.#mtls
    if (mtls === undefined) return new DetectedConnection(socket, this.#serving)
    return new InboundConnection(socket, { ...this.#serving, mtls, identity: this.#identity, onRefused: this.#onRefused })
  }

  /** Nobody was answered, so the status is 0. */
  readonly #onRefused = (error: ProxyError, callerAddress: string): void => {
    const { facts, handler } = this.#serving
    this.#refused.say({ listener: this.name, caller: callerAddress, reason: error.detail })
    handler.onMalformed(error, { listener: facts, callerAddress, status: 0 })
  }
}

/** @throws Error that says what to do, where the port cannot be had. */
export async function openListener(config: ListenerConfig, handler: ExchangeHandler, deps: ListenerDeps): Promise<Listener> {
  const listener = new CallerListener(config, handler, deps)
  const { name, address } = config
  listener.port = await openPort({ name, address, onSocket: (socket) => listener.take(socket) }, deps)
  return listener
}

/** A listener whose port another thread has, which hands the connections over. */
export function listenerWithoutPort(config: ListenerConfig, handler: ExchangeHandler, deps: ListenerDeps): Listener {
  return new CallerListener(config, handler, deps)
}
