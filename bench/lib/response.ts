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
