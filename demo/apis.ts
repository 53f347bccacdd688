/**
 * The shop's small APIs. Each remembers what it was sent, so that the demo can show what went where.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly api: string
  readonly method: string
  readonly path: string
  readonly body: string
  readonly mirrored: boolean
}

/** @returns status and JSON. */
type Answer = (path: string, body: string) => readonly [status: number, body: unknown]

export class Api {
  readonly name: string
  readonly #server: Server
  readonly #received: Received[]
  /** Accepts calls and never answers them. */
  hung = false

  constructor(name: string, received: Received[], answer: Answer) {
    this.name = name
    this.#received = received
    this.#server = createServer((request, response) => void this.#serve(request, response, answer))
    this.#server.keepAliveTimeout = 60_000
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  /** Down at once: open connections break, new ones are refused. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const [path = '/', method = 'GET'] = [request.url, request.method]
    this.#received.push({ api: this.name, method, path, body, mirrored: request.headers['x-tandem-mirror'] !== undefined })
    if (this.hung) return
    const [status, document] = answer(path, body)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document))
  }
}

export interface Shop {
  readonly received: Received[]
  readonly inventory: Api
  readonly inventoryNext: Api
  readonly payment: Api
  readonly analytics: Api
}

function stock(version: string): Answer {
  return (path) => [200, { version, stock: 42, ...(path === '/deductStock' ? { reserved: true } : {}) }]
}

export function createShop(): Shop {
  const received: Received[] = []
  return {
    received,
    inventory: new Api('inventory', received, stock('v1')),
    inventoryNext: new Api('inventory-next', received, stock('v2')),
    payment: new Api('payment', received, () => [201, { charged: true, receipt: 'r-1001' }]),
    analytics: new Api('analytics', received, () => [202, { counted: true }]),
  }
}
