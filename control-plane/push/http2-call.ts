/**
 * A call that came over HTTP/2.
 */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Answer } from '../../proxy/http/json-server.ts'
import { type PortCall, textOf } from './port-call.ts'

export class Http2Call implements PortCall {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream
    this.method = headers[':method'] ?? ''
    this.path = (headers[':path'] ?? '').split('?', 1)[0] ?? ''
    this.authorization = headers.authorization
  }

  /** Whoever stops reading may still answer. */
  get body(): AsyncIterable<Buffer> {
    return this.#stream.iterator({ destroyOnReturn: false })
  }

  answer(answer: Answer, headers: Readonly<Record<string, string>> = {}): void {
    const stream = this.#stream
    if (stream.destroyed || stream.headersSent) return
    const text = textOf(answer)
    const { status, contentType = 'application/json' } = answer
    stream.respond({ ':status': status, 'content-type': contentType, 'content-length': Buffer.byteLength(text), ...headers })
    stream.end(text)
    if (stream.readableEnded) return
    // RFC 9113, 8.1: the rest of the request is not wanted; what is here already would keep the stream.
    stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
    stream.resume()
  }

  open(contentType: string): Duplex | null {
    if (!this.#stream.destroyed) this.#stream.respond({ ':status': 200, 'content-type': contentType })
    return this.#stream
  }
}
