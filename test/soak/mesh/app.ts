/**
 * An API behind a sidecar of the mesh: it answers with what it was sent, after a while, and remembers by which certificates it was called.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SeededRandom } from '../../harness/seeded-random.ts'
import { arrivalTime } from './arrival.ts'

/** Long enough that calls overlap, so that several connections are open between the sidecars. */
const longestDelayMs = 20

export interface CertificateUse {
  readonly firstAt: number
  lastAt: number
  calls: number
}

export class App {
  /** By the `Hash` of x-forwarded-client-cert, epoch milliseconds. */
  readonly certificates = new Map<string, CertificateUse>()
  readonly #random: SeededRandom
  readonly #server = createServer((request, response) => this.#serve(request, response))

  constructor(random: SeededRandom) {
    this.#random = random
    this.#server.keepAliveTimeout = 0
  }

  /** @returns `host:port` */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.#note(String(request.headers['x-forwarded-client-cert']))
    const chunks: Buffer[] = []
    request.on('error', () => undefined).on('data', (chunk: Buffer) => void chunks.push(chunk))
    response.on('error', () => undefined)
    request.on('end', () => setTimeout(() => response.end(Buffer.concat(chunks)), this.#random.below(longestDelayMs)))
  }

  #note(forwarded: string): void {
    const hash = /Hash=([0-9a-f]{64})/.exec(forwarded)?.[1] ?? 'none'
    const now = arrivalTime()
    const use = this.certificates.get(hash)
    if (use === undefined) return void this.certificates.set(hash, { firstAt: now, lastAt: now, calls: 1 })
    use.lastAt = now
    use.calls++
  }
}
