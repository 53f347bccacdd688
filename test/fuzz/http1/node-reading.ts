/**
 * What Node's own HTTP server makes of the same bytes.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { duplexPair } from 'node:stream'

export interface NodeMessage {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly rawTrailers: readonly string[]
  readonly body: string
}

export interface NodeReading {
  readonly messages: readonly NodeMessage[]
  /** Code of the parser's error. */
  readonly error: string | null
}

function collect(request: IncomingMessage, response: ServerResponse, messages: NodeMessage[]): void {
  let body = ''
  request.on('error', () => undefined)
  request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
  request.on('end', () => {
    const { method = '', url = '', rawHeaders, rawTrailers } = request
    messages.push({ method, url, rawHeaders, rawTrailers, body })
  })
  response.end()
}

export class NodeReader {
  readonly #server: Server
  #messages: NodeMessage[] = []
  #error: string | null = null

  constructor() {
    const take = (request: IncomingMessage, response: ServerResponse) => collect(request, response, this.#messages)
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, connectionsCheckingInterval: 0 }, take)
    this.#server.on('checkContinue', take).on('checkExpectation', take)
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.#error = error.code ?? error.message
      socket.destroy()
    })
  }

  async read(bytes: Buffer): Promise<NodeReading> {
    const messages: NodeMessage[] = []
    this.#messages = messages
    this.#error = null
    const [near, far] = duplexPair()
    const closed = new Promise((resolve) => far.once('close', resolve))
    near.on('error', () => undefined).resume()
    this.#server.emit('connection', far)
    near.end(bytes)
    await closed
    near.destroy()
    return { messages, error: this.#error }
  }
}
