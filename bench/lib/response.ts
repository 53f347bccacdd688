/**
 * How long an HTTP/1.1 response is: just enough of a parser for a load generator that only sends bodiless GET requests.
 * Both framings are understood, Content-Length and chunked; a response of neither runs to the end of the connection.
 */
export interface ResponseExtent {
  readonly status: number
  /** Bytes from the start of the head to the end of the body; Infinity where only the connection's end ends it. */
  readonly length: number
}

const crlf = 13

function contentLength(head: string): number | undefined {
  const at = head.indexOf('\r\ncontent-length:')
  return at < 0 ? undefined : Number.parseInt(head.slice(at + 17), 10)
}

/** @returns the offset behind the last chunk and the (usually empty) trailer section; -1 while it has not come. */
function endOfChunks(bytes: Buffer, from: number): number {
  let at = from
  for (;;) {
    const lineEnd = bytes.indexOf(crlf, at)
    if (lineEnd < 0) return -1
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (size === 0) {
      const end = bytes.indexOf('\r\n\r\n', lineEnd)
      return end < 0 ? -1 : end + 4
    }
    at = lineEnd + 2 + size + 2
  }
}

/** @returns undefined while the head, or a chunked body, is incomplete. The bytes of a Content-Length body need not be there. */
export function responseExtent(bytes: Buffer): ResponseExtent | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase()
  const status = Number(head.slice(9, 12))
  const length = contentLength(head)
  if (length !== undefined) return { status, length: headEnd + 4 + length }
  if (!head.includes('\r\ntransfer-encoding: chunked')) return { status, length: Number.POSITIVE_INFINITY }
  const end = endOfChunks(bytes, headEnd + 4)
  return end < 0 ? undefined : { status, length: end }
}

/** Stands for a call that got no response: refused, reset or cut off. */
export const noAnswer = 0

/** Reads one response after the other. Of a body with a known length it keeps the count alone. */
export class ResponseReader {
  #held: Buffer | null = null
  #status = noAnswer
  #missing = 0

  /** @param chunk may be used again by the caller afterwards. @returns the status once the whole response has come, until then -1. */
  take(chunk: Buffer): number {
    if (this.#missing > 0) return this.#counted(chunk.length)
    const bytes = this.#held === null ? chunk : Buffer.concat([this.#held, chunk])
    const extent = responseExtent(bytes)
    if (extent === undefined) this.#held = bytes === chunk ? Buffer.from(chunk) : bytes
    if (extent === undefined) return -1
    this.#held = null
    this.#status = extent.status
    this.#missing = extent.length
    return this.#counted(bytes.length)
  }

  /** The connection has ended. @returns the status of a response that only this ends, else `noAnswer`. */
  end(): number {
    const status = this.#missing === Number.POSITIVE_INFINITY ? this.#status : noAnswer
    this.reset()
    return status
  }

  reset(): void {
    this.#held = null
    this.#missing = 0
  }

  #counted(bytes: number): number {
    this.#missing -= bytes
    if (this.#missing > 0) return -1
    this.#missing = 0
    return this.#status
  }
}
