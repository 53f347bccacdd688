/**
 * Reads a body to its end into one buffer, up to a stated size.
 *
 * Invariant: `done` is called exactly once, or never when the reading was cancelled before. What arrives in one chunk is not copied.
 */
import { ProxyError } from '../error/proxy-error.ts'
import type { BodySink, BodySource } from './body.ts'

/**
 * @param limitBytes largest body; more cancels the source and gives `body_too_large` (413). 0 allows an empty body only.
 * @param done called with the bytes, or with the error that ended the body. May be called from within.
 * @param what names the body and the key of the configuration that sets the limit, for the error's detail.
 * @returns cancels the reading; harmless afterwards.
 */
export function collectBody(source: BodySource, limitBytes: number, done: (result: Buffer | ProxyError) => void, what: string): () => void {
  const collector = new Collector(source, limitBytes, done, what)
  collector.start()
  return () => collector.cancel()
}

class Collector implements BodySink {
  readonly #source: BodySource
  readonly #limitBytes: number
  readonly #what: string
  #done: ((result: Buffer | ProxyError) => void) | null
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(source: BodySource, limitBytes: number, done: (result: Buffer | ProxyError) => void, what: string) {
    this.#source = source
    this.#limitBytes = limitBytes
    this.#done = done
    this.#what = what
  }

  start(): void {
    if ((this.#source.length ?? 0) > this.#limitBytes) this.#refuse()
    else this.#source.start(this)
  }

  cancel(): void {
    if (this.#done === null) return
    this.#done = null
    this.#chunks = []
    this.#source.cancel()
  }

  onBodyData(chunk: Buffer): void {
    if (this.#done === null) return
    this.#bytes += chunk.length
    if (this.#bytes > this.#limitBytes) return this.#refuse()
    this.#chunks.push(chunk)
  }

  onBodyEnd(): void {
    this.#finish(joinChunks(this.#chunks, this.#bytes))
  }

  onBodyError(error: ProxyError): void {
    this.#finish(error)
  }

  #refuse(): void {
    this.#source.cancel()
    this.#finish(new ProxyError('body_too_large', { detail: `${this.#what} is larger than ${this.#limitBytes} bytes` }))
  }

  #finish(result: Buffer | ProxyError): void {
    const done = this.#done
    this.#done = null
    this.#chunks = []
    done?.(result)
  }
}

/** One buffer of several; a single chunk is not copied. @param bytes their length together. */
export function joinChunks(chunks: readonly Buffer[], bytes: number): Buffer {
  const [first] = chunks
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, bytes)
}
