/**
 * Bytes in, whole lines out (newline-delimited JSON). For both ends of the config stream.
 *
 * Invariant: it never holds more than `maxBytes` of a line that has not ended.
 */
const newline = 0x0a

export class LineTooLong extends Error {
  constructor(maxBytes: number) {
    super(`a line is longer than ${maxBytes} bytes`)
  }
}

export class LineReader {
  readonly #maxBytes: number
  readonly #onLine: (line: string) => void
  /** Bytes that are no UTF-8 are an error, not a replacement character. */
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  /** Decoded as it comes, so that the end of a long line costs no more than any part of it. */
  #held = ''
  #heldBytes = 0

  /** @param onLine gets lines without their newline; empty ones are left out. */
  constructor(maxBytes: number, onLine: (line: string) => void) {
    this.#maxBytes = maxBytes
    this.#onLine = onLine
  }

  /** @throws LineTooLong, TypeError for bytes that are no UTF-8, and whatever `onLine` throws; the stream has to end then. */
  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#end(chunk.subarray(start, end))
      start = end + 1
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start))
  }

  #end(last: Buffer): void {
    this.#count(last)
    const line = this.#held + this.#decoder.decode(last)
    this.#held = ''
    this.#heldBytes = 0
    if (line.length > 0) this.#onLine(line)
  }

  #hold(part: Buffer): void {
    this.#count(part)
    this.#held += this.#decoder.decode(part, { stream: true })
  }

  #count(part: Buffer): void {
    this.#heldBytes += part.length
    if (this.#heldBytes > this.#maxBytes) throw new LineTooLong(this.#maxBytes)
  }
}
