/**
 * Reads requests with a Content-Length or without a body, one after the other: just enough for an origin behind proxies that keep
 * the framing of a body. A chunked body would never end here, which shows as calls that fail.
 */
const endOfHead = Buffer.from('\r\n\r\n')

export class RequestReader {
  readonly #onRequest: (path: string) => void
  #held: Buffer | null = null
  #path = ''
  #missing = 0

  /** @param onRequest called at the end of each request. */
  constructor(onRequest: (path: string) => void) {
    this.#onRequest = onRequest
  }

  take(chunk: Buffer): void {
    const taken = Math.min(this.#missing, chunk.length)
    if (taken > 0) this.#body(taken)
    if (taken < chunk.length) this.#heads(taken === 0 ? chunk : chunk.subarray(taken))
  }

  #body(bytes: number): void {
    this.#missing -= bytes
    if (this.#missing === 0) this.#onRequest(this.#path)
  }

  #heads(chunk: Buffer): void {
    const bytes = this.#held === null ? chunk : Buffer.concat([this.#held, chunk])
    const end = bytes.indexOf(endOfHead)
    this.#held = end < 0 ? bytes : null
    if (end < 0) return
    const head = bytes.toString('latin1', 0, end)
    this.#path = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1))
    this.#missing = contentLength(head)
    if (this.#missing === 0) this.#onRequest(this.#path)
    if (end + 4 < bytes.length) this.take(bytes.subarray(end + 4))
  }
}

function contentLength(head: string): number {
  const at = head.toLowerCase().indexOf('\r\ncontent-length:')
  return at < 0 ? 0 : Number.parseInt(head.slice(at + 17), 10)
}
