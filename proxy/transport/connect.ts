/**
 * The connector: a TCP or TLS connection to one endpoint, and on it the protocol that was configured or negotiated (ALPN).
 * It tries once. When to try, and how often, is upstream/'s business.
 */
import { type Socket, type TcpNetConnectOpts, connect as connectTcp, isIP } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { fromNodeError } from '../error/node-error.ts'
import { ProxyError } from '../error/proxy-error.ts'
import type { Peer } from '../http/peer.ts'
import type { Clock, Timer } from '../runtime/clock.ts'
import { tls as loadTls } from '../runtime/on-demand.ts'
import { endCallerSide } from './certificate-end.ts'
import type { Connect, ConnectOptions, Connection, ConnectionOwner, ServerTls } from './connection.ts'
import { openHttp1 } from './http1/client.ts'
import { DirectReading, type SocketReading, StreamReading } from './http1/socket-reading.ts'
import { openHttp2 } from './http2/client.ts'
import { MeshHandshake } from './mesh-tls.ts'

const alpn = { auto: ['h2', 'http/1.1'], http2: ['h2'], http1: ['http/1.1'] } as const

/** TCP keep-alive finds a peer that vanished without a word while a call waits. */
const keepAliveDelayMs = 60_000

/** A connection's TLS as it is now: a mesh one has been given its certificate. */
type ReadyTls = ServerTls | MeshHandshake | null

/** @returns why no connection can be opened now. */
function readyTls({ tls }: ConnectOptions): ReadyTls | string {
  return tls !== null && 'identity' in tls ? MeshHandshake.prepare(tls) : tls
}

/**
 * The last TLS session with each endpoint, by which the next connection is spared half of the handshake (RFC 8446 section 2.2).
 * What it was verified by is part of the options, so a change of either begins anew. Mesh connections prove themselves each time.
 */
type Sessions = WeakMap<ConnectOptions, Buffer>

function serverTlsOptions(host: string, tls: ServerTls, session: Buffer | undefined): ConnectionOptions {
  const secured: ConnectionOptions = { secureContext: tls.secureContext }
  const serverName = tls.serverName ?? (isIP(host) === 0 ? host : undefined)
  if (serverName !== undefined) secured.servername = serverName
  if (session !== undefined) secured.session = session
  return secured
}

/** @param target of the socket beneath. */
function openTls(target: TcpNetConnectOpts, options: ConnectOptions, tls: ServerTls | MeshHandshake, sessions: Sessions): TLSSocket {
  const { host, protocol } = options
  const negotiated = { ...target, ALPNProtocols: [...alpn[protocol]] }
  if (tls instanceof MeshHandshake) return loadTls().connect({ ...negotiated, ...tls.options(host) })
  const socket = loadTls().connect({ ...negotiated, ...serverTlsOptions(host, tls, sessions.get(options)) })
  return socket.on('session', (next: Buffer) => void sessions.set(options, next))
}

interface OpeningSocket {
  readonly socket: Socket
  readonly reading: SocketReading
}

function openSocket(options: ConnectOptions, tls: ReadyTls, sessions: Sessions): OpeningSocket {
  const { host, port, protocol } = options
  const open = (target: TcpNetConnectOpts) => (tls === null ? connectTcp(target) : openTls(target, options, tls, sessions))
  const target = { host, port, allowHalfOpen: true }
  const mayTurnOutHttp2 = protocol === 'http2' || (protocol === 'auto' && tls !== null)
  if (mayTurnOutHttp2) {
    const socket = open(target)
    return { socket, reading: new StreamReading(socket) }
  }
  const reading = new DirectReading()
  const socket = open({ ...target, onread: reading.onread })
  return { socket, reading: reading.of(socket) }
}

function endpointOf(options: ConnectOptions): string {
  return isIP(options.host) === 6 ? `[${options.host}]:${options.port}` : `${options.host}:${options.port}`
}

function connectFailed(options: ConnectOptions, reason: string): ProxyError {
  const { upstream } = options
  return new ProxyError('connect_failed', { upstream, detail: `connecting to ${endpointOf(options)} of upstream ${upstream}: ${reason}` })
}

/** @returns undefined where the peer did not agree to what was configured. */
function speaks(options: ConnectOptions, socket: Socket): 'http1' | 'http2' | undefined {
  if (options.tls === null) return options.protocol === 'http2' ? 'http2' : 'http1'
  const isHttp2 = (socket as TLSSocket).alpnProtocol === 'h2'
  if (options.protocol === 'http2' && !isHttp2) return undefined
  return isHttp2 ? 'http2' : 'http1'
}

class ConnectAttempt {
  readonly #options: ConnectOptions
  readonly #tls: ReadyTls
  readonly #owner: ConnectionOwner
  readonly #opened: (connection: Connection) => void
  readonly #failed: (error: ProxyError) => void
  readonly #clock: Clock
  readonly #socket: Socket
  readonly #reading: SocketReading
  readonly #endpoint: string
  #timer: Timer | null = null

  constructor(
    options: ConnectOptions,
    tls: ReadyTls,
    owner: ConnectionOwner,
    opened: (connection: Connection) => void,
    failed: (error: ProxyError) => void,
    clock: Clock,
    sessions: Sessions,
  ) {
    this.#options = options
    this.#tls = tls
    this.#owner = owner
    this.#opened = opened
    this.#failed = failed
    this.#clock = clock
    this.#endpoint = endpointOf(options)
    const { socket, reading } = openSocket(options, tls, sessions)
    this.#socket = socket
    this.#reading = reading
    this.#socket.on('error', this.#onError).once(options.tls === null ? 'connect' : 'secureConnect', this.#onConnect)
    this.#socket.once('close', this.#onClose)
    const { connectTimeoutMs } = options
    if (connectTimeoutMs > 0) this.#timer = clock.after(connectTimeoutMs, () => this.#fail(`not connected within ${connectTimeoutMs} ms`))
  }

  readonly cancel = (): void => {
    this.#release()
    this.#socket.destroy()
  }

  readonly #onError = (error: Error): void => {
    this.cancel()
    this.#failed(fromNodeError(error, 'connect', this.#options.upstream, this.#endpoint))
  }

  readonly #onClose = (): void => {
    this.#fail('the peer closed the connection before it stood')
  }

  readonly #onConnect = (): void => {
    const protocol = speaks(this.#options, this.#socket)
    const peer = this.#peer()
    if (typeof peer === 'string') return this.#fail(peer)
    if (protocol === undefined) return this.#fail('the peer does not speak HTTP/2 (ALPN)')
    this.#release()
    const connection = this.#speak(protocol, peer)
    if (peer !== undefined) endCallerSide(this.#clock, this.#socket, peer.validUntil, () => connection.close())
    this.#opened(connection)
  }

  /** @returns why it is not the one that was asked for; undefined where no identity was. */
  #peer(): Peer | string | undefined {
    return this.#tls instanceof MeshHandshake ? this.#tls.peerOf(this.#socket as TLSSocket) : undefined
  }

  #speak(protocol: 'http1' | 'http2', peer: Peer | undefined): Connection {
    const socket = this.#socket.setNoDelay(true).setKeepAlive(true, keepAliveDelayMs)
    const { upstream } = this.#options
    if (protocol === 'http1') return openHttp1(socket, this.#reading, this.#endpoint, upstream, this.#owner, peer)
    return openHttp2(socket, this.#endpoint, upstream, this.#owner, this.#clock, peer)
  }

  /** Lets go of the socket. A late error of a cancelled attempt interests nobody, but would end the process unheard. */
  #release(): void {
    this.#timer?.cancel()
    this.#socket
      .off('error', this.#onError)
      .off('connect', this.#onConnect)
      .off('secureConnect', this.#onConnect)
      .off('close', this.#onClose)
    this.#socket.on('error', () => undefined)
  }

  #fail(reason: string): void {
    this.cancel()
    this.#failed(connectFailed(this.#options, reason))
  }
}

function failSoon(error: ProxyError, failed: (error: ProxyError) => void): () => void {
  const immediate = setImmediate(failed, error)
  return () => clearImmediate(immediate)
}

/** @returns a connector; failures are `connect_failed`. */
export function createConnect(clock: Clock): Connect {
  const sessions: Sessions = new WeakMap()
  return (options, owner, opened, failed) => {
    const tls = readyTls(options)
    if (typeof tls === 'string') return failSoon(connectFailed(options, tls), failed)
    return new ConnectAttempt(options, tls, owner, opened, failed, clock, sessions).cancel
  }
}
