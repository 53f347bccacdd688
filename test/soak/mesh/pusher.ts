/**
 * A control plane that pushes what it is told to, over the real port, with the real authority: what its sidecar answers is handed back.
 */
import { mkdir } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { join } from 'node:path'
import { type OpenAuthority, openAuthority } from '../../../control-plane/authority/open-authority.ts'
import { type ConfigPort, openConfigPort } from '../../../control-plane/push/config-port.ts'
import { fromSidecar, heartbeatMs } from '../../../proxy/config/push/messages.ts'
import type { Routing } from '../../../proxy/config/push/routing.ts'
import { routingVersion } from '../../../proxy/config/push/routing-version.ts'
import { LineReader } from '../../../proxy/http/line-reader.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'

export type Answer =
  | { readonly kind: 'ack'; readonly version: string }
  | { readonly kind: 'nack'; readonly version: string; readonly reason: string }
  /** The sidecar ended the stream instead. */
  | { readonly kind: 'lost' }

const longestLine = 1024 * 1024
const answerWithinMs = 30_000
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const day = 86_400_000

export class Pusher {
  readonly #authority: OpenAuthority
  readonly #folder: string
  #port: ConfigPort | null = null
  #stream: Duplex | null = null
  #onStream: () => void = () => undefined
  #answered: (answer: Answer) => void = () => undefined
  #nonces = 0
  readonly #heart = setInterval(() => this.#say({ type: 'heartbeat' }), heartbeatMs)

  /** @param folder for its state. Whoever starts it stops it. */
  static async start(folder: string): Promise<Pusher> {
    await mkdir(folder, { recursive: true })
    const options = { trustDomain: 'mesh.local', ttlMs: day, overlapMs: day, files: null, hosts: [], clock: systemClock, logger: silent }
    const pusher = new Pusher(await openAuthority({ ...options, state: folder }), folder)
    await pusher.#listen()
    return pusher
  }

  private constructor(authority: OpenAuthority, folder: string) {
    this.#authority = authority
    this.#folder = folder
  }

  get access(): { readonly url: string; readonly trustBundle: string } {
    return { url: `https://${this.#port?.address}`, trustBundle: join(this.#folder, 'ca.pem') }
  }

  async token(account: string): Promise<string> {
    return (await this.#authority.tokens.create({ namespace: 'shop', account, ttlMs: null })).token
  }

  /** Waits for a stream where there is none. @throws an Error when no answer comes. */
  async push(routing: Routing): Promise<Answer> {
    const version = routingVersion(routing)
    if (this.#stream === null) await new Promise<void>((resolve) => (this.#onStream = resolve))
    const answer = Promise.withResolvers<Answer>()
    this.#answered = answer.resolve
    const timer = setTimeout(() => answer.reject(new Error(`no answer to ${JSON.stringify(routing)}`)), answerWithinMs)
    this.#say({ type: 'snapshot', version, nonce: String(++this.#nonces), routing })
    return answer.promise.finally(() => clearTimeout(timer))
  }

  async stop(): Promise<void> {
    clearInterval(this.#heart)
    await this.#port?.close()
    this.#authority.close()
  }

  async #listen(): Promise<void> {
    const { authority, attest, certificateEndpoint } = this.#authority
    this.#port = await openConfigPort({
      address: '127.0.0.1:0',
      authority,
      attest,
      onCertificate: certificateEndpoint,
      onStream: (stream) => this.#accept(stream),
      clock: systemClock,
      logger: silent,
    })
  }

  #accept(stream: Duplex): void {
    const lines = new LineReader(longestLine, (line) => this.#onLine(stream, line))
    stream.on('error', () => undefined).on('data', (chunk: Buffer) => lines.push(chunk))
    stream.once('close', () => {
      if (this.#stream !== stream) return
      this.#stream = null
      this.#answered({ kind: 'lost' })
    })
  }

  #onLine(stream: Duplex, line: string): void {
    const message = fromSidecar.parse(JSON.parse(line))
    if (message.type === 'hello') {
      this.#stream = stream
      this.#onStream()
    } else if (message.type === 'ack') this.#answered({ kind: 'ack', version: message.version })
    else if (message.type === 'nack') this.#answered({ kind: 'nack', version: message.version, reason: message.reason })
  }

  #say(message: object): void {
    this.#stream?.write(`${JSON.stringify(message)}\n`)
  }
}
