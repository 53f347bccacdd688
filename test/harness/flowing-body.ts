/**
 * A body that the test sends piece by piece, and that notices what its reader does with it.
 */
import type { ProxyError } from '../../proxy/error/proxy-error.ts'
import type { BodySink, BodySource } from '../../proxy/http/body.ts'
import type { HeaderList } from '../../proxy/http/headers.ts'

export class FlowingBody implements BodySource {
  readonly length: number | undefined
  paused = false
  cancelled = false
  /** Resolves at the first `resume` after a `pause`. */
  readonly resumed: Promise<void>
  readonly #resumed = Promise.withResolvers<void>()
  #sink: BodySink | null = null

  constructor(length?: number) {
    this.length = length
    this.resumed = this.#resumed.promise
  }

  start(sink: BodySink): void {
    this.#sink = sink
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    if (this.paused) this.#resumed.resolve()
    this.paused = false
  }

  cancel(): void {
    this.cancelled = true
    this.#sink = null
  }

  send(text: string): void {
    this.#sink?.onBodyData(Buffer.from(text))
  }

  end(trailers: HeaderList | null = null): void {
    this.#sink?.onBodyEnd(trailers)
  }

  fail(error: ProxyError): void {
    this.#sink?.onBodyError(error)
  }
}
