/**
 * A local port: bound, listened on, and closed again. Whoever opens it takes the sockets that come in.
 */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { nodeErrorCode } from '../error/node-error.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { listenFailure } from './listen-failure.ts'

export interface Port {
  /** `host:port`, the port that was actually taken where 0 was asked for. */
  readonly address: string
  /** Accepts no more; harmless when it has done so before. Resolves when it and every socket that it accepted are closed. */
  close(): Promise<void>
}

export interface PortOptions {
  /** Of the listener, for messages. */
  readonly name: string
  readonly address: string
  /** Nothing is read from the sockets before whoever takes them asks for it, so that they can be handed to another thread. */
  readonly paused?: boolean
  onSocket(socket: Socket): void
}

export interface PortDeps {
  readonly clock: Clock
  readonly logger: Logger
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

class TcpPort implements Port {
  address: string
  readonly #name: string
  readonly #server: Server
  readonly #clock: Clock
  readonly #logger: Logger
  #loggedAt = -Infinity
  #unlogged = 0

  constructor(options: PortOptions, { clock, logger }: PortDeps) {
    this.#name = options.name
    this.address = options.address
    this.#clock = clock
    this.#logger = logger
    const kept = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelayMs }
    this.#server = createServer({ ...kept, pauseOnConnect: options.paused ?? false }, (socket) => options.onSocket(socket))
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(listenFailure(this.#name, this.address, error))
      this.#server.once('error', failed)
      this.#server.listen(parseAddress(this.address), () => {
        this.#server.off('error', failed).on('error', this.#onError)
        this.address = formatAddress(this.#server.address() as AddressInfo)
        resolve()
      })
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  /** Accepting fails for a while when the process has run out of file descriptors (EMFILE); it goes on by itself. */
  readonly #onError = (error: Error): void => {
    const now = this.#clock.now()
    if (now - this.#loggedAt < logEveryMs) return void this.#unlogged++
    this.#logger.error('a connection could not be accepted', { listener: this.#name, code: nodeErrorCode(error), more: this.#unlogged })
    this.#loggedAt = now
    this.#unlogged = 0
  }
}

/** @throws Error that says what to do, where the port cannot be had. */
export async function openPort(options: PortOptions, deps: PortDeps): Promise<Port> {
  const port = new TcpPort(options, deps)
  await port.open()
  return port
}
