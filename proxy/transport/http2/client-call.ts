/**
 * One call on an upstream's HTTP/2 connection: one stream, request and answer at the same time.
 *
 * Invariant: the handler is called in the order that http/dispatch.ts promises, and its last call comes exactly once,
 * whichever of the two directions ends first.
 */
import type { ClientHttp2Stream, Http2Stream } from 'node:http2'
import { ProxyError } from '../../error/proxy-error.ts'
import type { BodySink } from '../../http/body.ts'
import type { DispatchController, DispatchHandler, OutboundCall } from '../../http/dispatch.ts'
import type { HeaderList } from '../../http/headers.ts'
import { maxInterimAnswers } from '../connection.ts'
import { endStreamFlag, errorCode } from './error-code.ts'
import { appendFields, appendPseudo, receivedFields } from './fields.ts'
import { Incoming } from './incoming.ts'
import { Outgoing, type Opener, type Shape } from './outgoing.ts'
import type { ReceiveWindow } from './receive-window.ts'
import { declaredLength } from './request-head.ts'

/** What a call needs of its connection. */
export interface CallHost {
  readonly upstream: string
  readonly endpoint: string
  readonly scheme: 'http' | 'https'
  readonly window: ReceiveWindow
  request(wire: string[], shape: Shape): ClientHttp2Stream
  /** Why a stream ended without a complete answer. */
  failureOf(call: ClientCall, stream: ClientHttp2Stream, error: Error | null): ProxyError
  /** The first answer of a call has come: the connection works. */
  onAnswer(): void
  /** The call has left the connection; another may take its place. */
  release(call: ClientCall): void
}

export class ClientCall implements DispatchController, BodySink, Opener {
  aborted = false
  /** An answer's head, interim or final, has come. */
  answered = false
  readonly #host: CallHost
  readonly #call: OutboundCall
  readonly #handler: DispatchHandler
  readonly #out: Outgoing
  #stream: ClientHttp2Stream | null = null
  #response: Incoming | null = null
  #error: Error | null = null
  #bodyStarted = false
  #interimAnswers = 0
  #done = false
  #released = false

  constructor(host: CallHost, call: OutboundCall, handler: DispatchHandler) {
    this.#host = host
    this.#call = call
    this.#handler = handler
    this.#out = new Outgoing(this)
  }

  get endpoint(): string {
    return this.#host.endpoint
  }

  run(): void {
    this.#handler.onRequestStart(this)
    if (this.#done) return
    if (this.#call.upgrade !== undefined) {
      return this.fail(new ProxyError('upgrade_unsupported', { detail: `no upgrade to ${this.#call.upgrade} over HTTP/2` }))
    }
    const { body } = this.#call
    if (body === null) return this.#out.end(null)
    this.#bodyStarted = true
    this.#out.openSoon()
    body.start({
      onBodyData: (chunk) => {
        if (!this.#out.write(chunk)) body.pause()
      },
      onBodyEnd: (trailers) => this.#out.end(trailers),
      onBodyError: (error) => this.fail(error),
    })
  }

  pause(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  abort(reason: ProxyError): void {
    if (this.#done) return
    this.aborted = true
    this.fail(reason)
  }

  /** Ends the call with an error; harmless when it has ended. */
  fail(error: ProxyError): void {
    if (this.#done) return
    this.#done = true
    this.#stopRequest()
    this.#response?.cancel()
    if (this.#stream === null) this.#release()
    else this.#stream.close(errorCode.cancel)
    this.#handler.onResponseError(this, error)
  }

  openStream(shape: Shape): Http2Stream | null {
    if (this.#done) return null
    let stream: ClientHttp2Stream
    try {
      stream = this.#host.request(this.#wire(), shape)
    } catch (error) {
      this.fail(
        error instanceof ProxyError ? error : new ProxyError('internal', { detail: 'the call cannot be put into HTTP/2', cause: error }),
      )
      return null
    }
    this.#stream = stream
    this.#listen(stream)
    return stream
  }

  onWritable(): void {
    if (!this.#done) this.#call.body?.resume()
  }

  onBodyData(chunk: Buffer): void {
    if (!this.#done) this.#handler.onResponseData(this, chunk)
  }

  onBodyEnd(trailers: HeaderList | null): void {
    if (this.#done) return
    this.#done = true
    this.#endRequest()
    this.#handler.onResponseEnd(this, trailers)
  }

  onBodyError(error: ProxyError): void {
    this.fail(error)
  }

  #wire(): string[] {
    const { method, authority, path, headers, body } = this.#call
    const wire: string[] = []
    appendPseudo(wire, ':method', method)
    appendPseudo(wire, ':scheme', this.#host.scheme)
    appendPseudo(wire, ':authority', authority)
    appendPseudo(wire, ':path', path)
    appendFields(wire, headers, body === null ? undefined : body.length)
    return wire
  }

  #listen(stream: ClientHttp2Stream): void {
    stream.on('error', (error) => {
      this.#error = error
    })
    stream.on('headers', (fields, _flags, raw: string[]) => this.#onInterim(Number(fields[':status']), raw))
    stream.on('response', (fields, flags, raw: string[]) => this.#onResponse(stream, Number(fields[':status']), flags, raw))
    stream.once('close', () => this.#onClose(stream))
    this.#response = new Incoming(stream, undefined, false, this.#host.window)
  }

  #onInterim(status: number, raw: string[]): void {
    if (this.#done) return
    if (++this.#interimAnswers > maxInterimAnswers) return this.fail(this.#tooManyInterim())
    this.#answerCame()
    this.#handler.onResponseStart(this, status, receivedFields(raw), '')
  }

  #tooManyInterim(): ProxyError {
    const { upstream, endpoint } = this.#host
    const detail = `The answer of ${endpoint} has more than ${maxInterimAnswers} interim answers.`
    return new ProxyError('upstream_protocol', { upstream, detail })
  }

  #onResponse(stream: ClientHttp2Stream, status: number, flags: number, raw: string[]): void {
    if (this.#done) return
    this.#answerCame()
    const headers = receivedFields(raw)
    this.#response?.expect(declaredLength(headers))
    this.#handler.onResponseStart(this, status, headers, '')
    if (this.#done) return
    if ((flags & endStreamFlag) !== 0) {
      stream.resume()
      this.onBodyEnd(null)
    } else this.#response?.start(this)
  }

  #answerCame(): void {
    this.answered = true
    this.#host.onAnswer()
  }

  #onClose(stream: ClientHttp2Stream): void {
    if (!this.#done) this.fail(this.#host.failureOf(this, stream, this.#error))
    this.#release()
  }

  /** The answer is complete: who still sends to us need not any more, and neither need we send (RFC 9113 section 8.1). */
  #endRequest(): void {
    if (this.#out.ended) return
    this.#stopRequest()
    this.#stream?.close(errorCode.noError)
  }

  #stopRequest(): void {
    if (this.#bodyStarted && !this.#out.ended) this.#call.body?.cancel()
    this.#out.discard()
  }

  #release(): void {
    if (this.#released) return
    this.#released = true
    this.#host.release(this)
  }
}
