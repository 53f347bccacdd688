/**
 * A member of the mesh that looks at certificates: it is called by the sidecars and calls them, over TLS of its own, and holds connections open.
 *
 * Invariant: what is wrong in `wrong` is a certificate that was used after its end, or a connection that outlived the certificates it began with.
 */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connect, TLSSocket } from 'node:tls'
import { createIdentity } from '../../../proxy/identity/create-identity.ts'
import type { IdentityClient } from '../../../proxy/identity/identity.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { systemRandom } from '../../../proxy/runtime/random.ts'
import { arrivalTime } from './arrival.ts'

export interface WitnessSettings {
  readonly url: string
  readonly trustBundle: string
  readonly token: string
}

/** Few, so that callers connect anew all the time, and each of their certificates is seen. */
const callsAConnection = 5
/** What an orderly end of an idle connection may take on a busy machine. */
const lingerMs = 2_000

export class Witness {
  readonly identity: IdentityClient
  /** Of the sidecars that called: epoch milliseconds of the end, by the SHA-256 of the certificate. */
  readonly ends = new Map<string, number>()
  /** As a client, which holds them. */
  readonly held = new Set<{ readonly socket: TLSSocket; readonly validUntil: number }>()
  readonly wrong: string[] = []
  readonly said: string[] = []
  /** Of callers. */
  handshakes = 0
  heldToTheEnd = 0
  readonly #sockets = new Set<Socket>()
  readonly #http = createHttpServer((request, response) => {
    this.#look(request.socket as TLSSocket, 'a call came')
    request.pipe(response)
  })
  readonly #server = createServer((socket) => this.#accept(socket))

  constructor({ url, trustBundle, token }: WitnessSettings) {
    const logger = createLogger(
      (line) => void this.said.push(line),
      () => systemClock.wall(),
    )
    const controlPlane = { url, trustBundle, token: () => token }
    this.identity = createIdentity({ controlPlane, clock: systemClock, random: systemRandom, logger })
    this.#http.keepAliveTimeout = 0
    this.#http.maxRequestsPerSocket = callsAConnection
  }

  /** @returns the port where sidecars may call it, once it has a certificate. */
  async start(): Promise<number> {
    await this.identity.start()
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    for (const { socket } of this.held) socket.destroy()
    await this.identity.close()
  }

  /** Opens a connection to a sidecar's inbound port and leaves it idle, until the other side ends it. */
  hold(port: number): void {
    const secureContext = this.identity.secureContext()
    if (secureContext === null) return void this.wrong.push(`the witness has no certificate: ${this.identity.problem()}`)
    const own = this.identity.notAfter ?? 0
    const socket = connect({ host: '127.0.0.1', port, secureContext, rejectUnauthorized: false, checkServerIdentity: () => undefined })
    socket.on('error', () => undefined)
    socket.once('secureConnect', () => {
      const held = { socket, validUntil: Math.min(own, this.#look(socket, `the sidecar at ${port} was called`)) }
      this.held.add(held)
      socket.resume().once('close', () => this.#closed(held))
    })
  }

  /** To be called at the end. */
  overdue(): string[] {
    const now = arrivalTime()
    const late = [...this.held].filter(({ validUntil }) => now > validUntil + lingerMs)
    return late.map(({ validUntil }) => `a connection stands though its certificates ended at ${new Date(validUntil).toISOString()}`)
  }

  #closed(held: { readonly socket: TLSSocket; readonly validUntil: number }): void {
    const late = arrivalTime() - held.validUntil
    if (!this.held.delete(held)) return
    if (late > lingerMs) this.wrong.push(`a connection ended ${late} ms after the certificates that it began with`)
    else if (late > -lingerMs) this.heldToTheEnd++
  }

  #accept(raw: Socket): void {
    this.#sockets.add(raw)
    raw.on('error', () => undefined).once('close', () => this.#sockets.delete(raw))
    const secureContext = this.identity.secureContext()
    if (secureContext === null) return void raw.destroy()
    const socket = new TLSSocket(raw, { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false })
    socket.on('error', () => undefined)
    socket.once('secure', () => {
      this.handshakes++
      this.#look(socket, 'a sidecar connected', this.ends)
      this.#http.emit('connection', socket)
    })
  }

  /** @returns until when the peer's certificate is good, epoch milliseconds. */
  #look(socket: TLSSocket, when: string, ends?: Map<string, number>): number {
    const certificate = socket.getPeerX509Certificate() ?? null
    if (certificate === null) return this.#complain(`${when} without a certificate`)
    const end = certificate.validToDate.getTime()
    ends?.set(certificate.fingerprint256.replaceAll(':', '').toLowerCase(), end)
    if (arrivalTime() > end) this.#complain(`${when} with a certificate that had ended at ${new Date(end).toISOString()}`)
    return end
  }

  #complain(what: string): number {
    this.wrong.push(what)
    return 0
  }
}
