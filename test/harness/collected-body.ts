/**
 * A body sink that keeps what it is given.
 */
import type { BodySink, BodySource } from '../../proxy/http/body.ts'
import type { HeaderList } from '../../proxy/http/headers.ts'
import type { ProxyError } from '../../proxy/error/proxy-error.ts'

export class CollectedBody implements BodySink {
  text = ''
  trailers: HeaderList | null = null
  error: ProxyError | null = null
  /** Resolves at the end, good or bad. */
  readonly ended: Promise<void>
  readonly #ended = Promise.withResolvers<void>()

  constructor(source: BodySource | null) {
    this.ended = this.#ended.promise
    if (source === null) this.#ended.resolve()
    else source.start(this)
  }

  onBodyData(chunk: Buffer): void {
    this.text += chunk.toString('latin1')
  }

  onBodyEnd(trailers: HeaderList | null): void {
    this.trailers = trailers
    this.#ended.resolve()
  }

  onBodyError(error: ProxyError): void {
    this.error = error
    this.#ended.resolve()
  }
}
