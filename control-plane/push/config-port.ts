/**
 * The one TLS port of the control plane that sidecars know: connections in, attested calls out.
 *
 * Invariants: each connection gets the certificate that the authority has at that moment; a connection without a call, a handshake that
 * does not end and a caller that guesses are closed after their limits; nothing is done for callers that were not attested.
 */
import { performServerHandshake, type ServerHttp2Session } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { tlsReason } from '../../proxy/error/node-error.ts'
import { boundAddress, cannotListen, splitAddress } from '../../proxy/http/json-server.ts'
import type { Clock } from '../../proxy/runtime/clock.ts'
import { LimitedWarnings } from '../../proxy/runtime/limited-warnings.ts'
import { http } from '../../proxy/runtime/on-demand.ts'
import type { AuthorityView } from '../authority/authority.ts'
import { Http1Call } from './http1-call.ts'
import { Http2Call } from './http2-call.ts'
import { peerChain } from './peer-chain.ts'
import type { PortCall } from './port-call.ts'
import { answerCall, type CallerConnection, type PortEndpoints, streamPath } from './port-endpoints.ts'

/** From the accept to the first config stream; whatever else is asked for has to be over by then. */
const unproven = { timeoutMs: 10_000, most: 4_096, refusals: 10 }
/** How long callers get to finish when the port closes. */
const lingerMs = 2_000

const sessionOptions = {
  maxHeaderListPairs: 64,
  settings: { maxConcurrentStreams: 8, maxHeaderListSize: 16 * 1024, enablePush: false },
}

export interface ConfigPortOptions extends PortEndpoints {
  /** `host:port` */
  readonly address: string
  readonly authority: Pick<AuthorityView, 'serverContext'>
  readonly clock: Clock
}

export interface ConfigPort {
  /** `host:port` as bound. */
  readonly address: string
  /** GOAWAY to everybody; what is not over after a moment is cut. */
  close(): Promise<void>
}

/** @throws an Error that names the configuration key when the address cannot be had. */
export async function openConfigPort(options: ConfigPortOptions): Promise<ConfigPort> {
  const port = new Port(options)
  const { host, port: number } = splitAddress(options.address)
  await new Promise<void>((resolve, reject) => {
    port.server.once('error', (error) => reject(new Error(cannotListen('listen.config', options.address, error), { cause: error })))
    port.server.listen(number, host, resolve)
  })
  return { address: boundAddress(port.server), close: () => port.close() }
}

/** A server's TLS socket without a tls.Server, which does for itself what that would do. */
class AcceptedTlsSocket extends TLSSocket {
  /** node:http2 waits for a connection that says so. */
  declare secureConnecting: boolean
}

class Port {
  readonly server: Server
  readonly #options: ConfigPortOptions
  readonly #sockets = new Set<Socket>()
  readonly #sessions = new Set<ServerHttp2Session>()
  /** Has not yet opened a config stream; the oldest first. */
  readonly #unproven = new Set<Socket>()
  readonly #http1 = http().createServer()
  readonly #refused: LimitedWarnings

  constructor(options: ConfigPortOptions) {
    this.#options = options
    this.#refused = new LimitedWarnings('a caller of the config port was refused', options.clock, options.logger)
    this.server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#onSocket(socket))
    this.#http1.on('request', (request, response) => {
      this.#answer(new Http1Call(request, response), callerOf(request.socket as TLSSocket))
    })
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    for (const socket of this.#unproven) socket.destroy()
    for (const session of this.#sessions) session.close()
    const timer = this.#options.clock.after(lingerMs, () => {
      for (const socket of this.#sockets) socket.destroy()
    })
    await closed
    timer.cancel()
  }

  #onSocket(raw: Socket): void {
    this.#sockets.add(raw)
    this.#unproven.add(raw)
    this.#dropOldest()
    const timer = this.#options.clock.after(unproven.timeoutMs, () => {
      if (this.#unproven.has(raw)) raw.destroy()
    })
    raw.on('error', () => raw.destroy())
    raw.once('close', () => {
      timer.cancel()
      this.#sockets.delete(raw)
      this.#unproven.delete(raw)
    })
    this.#handshake(raw)
  }

  #handshake(raw: Socket): void {
    const secureContext = this.#options.authority.serverContext()
    const options = { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] }
    const socket = new AcceptedTlsSocket(raw, options)
    // A handshake that fails concerns its caller only. What cannot be read after it is told by `_tlsError` alone.
    const refuse = (error: Error) => this.#refused.say({ caller: raw.remoteAddress, reason: `TLS: ${tlsReason(error)}` })
    const end = () => raw.destroy()
    socket.once('error', refuse).on('error', end).on('_tlsError', end)
    socket.once('secure', () => {
      socket.off('error', refuse)
      socket.secureConnecting = false
      if (socket.alpnProtocol === 'h2') this.#serve(socket, raw)
      else this.#http1.emit('connection', socket)
    })
  }

  #serve(socket: TLSSocket, raw: Socket): void {
    const caller = callerOf(socket)
    const session = performServerHandshake(socket, sessionOptions)
    this.#sessions.add(session)
    session.on('error', () => undefined)
    session.once('close', () => this.#sessions.delete(session))
    let refusals = 0
    session.on('stream', (stream, headers) => {
      stream.on('error', () => undefined)
      const call = new Http2Call(stream, headers)
      if (!this.#answer(call, caller)) refusals++
      else if (call.path === streamPath) this.#unproven.delete(raw)
      if (refusals >= unproven.refusals) session.close()
    })
  }

  /** @returns whether the caller was attested. */
  #answer(call: PortCall, caller: CallerConnection): boolean {
    const refused = answerCall(call, caller, this.#options)
    if (refused !== undefined) this.#refused.say({ caller: caller.from, reason: refused })
    return refused === undefined
  }

  /** So many at once are no sidecars; those finish in milliseconds. */
  #dropOldest(): void {
    if (this.#unproven.size <= unproven.most) return
    const [oldest] = this.#unproven
    oldest?.destroy()
  }
}

function callerOf(socket: TLSSocket): CallerConnection {
  return { chain: peerChain(socket), from: socket.remoteAddress ?? '' }
}
