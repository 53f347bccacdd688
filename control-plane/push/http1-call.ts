/**
 * A call that came over HTTP/1.1: what people with curl use. The connection ends with it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from '../../proxy/http/json-server.ts'
import { type PortCall, textOf } from './port-call.ts'

export class Http1Call implements PortCall {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: AsyncIterable<Buffer>
  readonly #response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#response = response
    this.method = request.method ?? ''
    this.path = (request.url ?? '').split('?', 1)[0] ?? ''
    this.authorization = request.headers.authorization
    // Whoever stops reading may still answer.
    this.body = request.iterator({ destroyOnReturn: false })
  }

  answer(answer: Answer, headers: Readonly<Record<string, string>> = {}): void {
    if (this.#response.headersSent) return
    const text = textOf(answer)
    const { status, contentType = 'application/json' } = answer
    const own = { 'content-type': contentType, 'content-length': Buffer.byteLength(text), connection: 'close' }
    this.#response.writeHead(status, { ...own, ...headers })
    this.#response.end(text)
  }

  open(): null {
    return null
  }
}
