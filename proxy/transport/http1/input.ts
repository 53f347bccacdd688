/**
 * Bytes received and not used yet. A chunk that is used up before the next one comes is never copied.
 */
import { beginRead, endRead, lend } from '../../runtime/read-buffers.ts'
import { carriageReturn, lineFeed, tokenCharacters } from './characters.ts'
import { MalformedMessage } from './malformed-message.ts'

const empty = Buffer.alloc(0)
const blankLine = Buffer.from('\r\n\r\n')
/** Empty lines tolerated before a message (RFC 9112 section 2.2): left over by old clients after a body. */
const maxEmptyLines = 4

export class Input {
  bytes: Buffer = empty
  /** First byte not used. */
  at = 0
  /** Up to here, no end of a head was found. */
  #searched = 0
  /** Skipped since the last message. */
  #emptyLines = 0

  get isEmpty(): boolean {
    return this.at === this.bytes.length
  }

  get length(): number {
    return this.bytes.length - this.at
  }

  /** @param chunk just read from the socket. `release` is to follow. */
  append(chunk: Buffer): void {
    const rest = this.isEmpty ? chunk : Buffer.concat([this.bytes.subarray(this.at), chunk])
    this.#searched = Math.max(0, this.#searched - this.at)
    this.bytes = rest
    this.at = 0
    beginRead(rest)
  }

  /**
   * What was to be done with the last chunk is done.
   * @returns whether nobody has a view of it any more.
   */
  release(): boolean {
    const { length } = this.bytes
    const { isEmpty } = this
    if (isEmpty) this.clear()
    return endRead(length, isEmpty)
  }

  /** Takes everything, for good. */
  takeRest(): Buffer {
    const rest = this.bytes.subarray(this.at)
    lend(rest)
    this.clear()
    return rest
  }

  clear(): void {
    this.bytes = empty
    this.at = 0
    this.#searched = 0
  }

  /** @throws MalformedMessage after too many. */
  skipEmptyLines(): void {
    while (this.bytes[this.at] === carriageReturn && this.bytes[this.at + 1] === lineFeed) {
      if (++this.#emptyLines > maxEmptyLines) throw new MalformedMessage('more than a few empty lines before a message')
      this.at += 2
    }
  }

  /**
   * Takes a head as latin1, its empty line included.
   * @returns null while it is incomplete.
   * @throws MalformedMessage when it is longer than `maxBytes`, or can be seen already not to become a head.
   */
  takeHead(maxBytes: number): string | null {
    const start = this.at
    const end = this.bytes.indexOf(blankLine, Math.max(start, this.#searched - 3))
    if (end === -1) return this.#checkIncomplete(maxBytes)
    if (end + 4 - start > maxBytes) throw new MalformedMessage(`a head of more than ${maxBytes} bytes`, true)
    this.at = end + 4
    this.#searched = this.at
    this.#emptyLines = 0
    return this.bytes.toString('latin1', start, this.at)
  }

  /** Without this, a head with bare LF at its line ends, or a TLS hello, would be waited for until the time limit. */
  #checkIncomplete(maxBytes: number): null {
    const { bytes, at } = this
    if (bytes.length - at > maxBytes) throw new MalformedMessage(`a head of more than ${maxBytes} bytes`, true)
    const first = bytes[at]
    if (first !== undefined && first !== carriageReturn && tokenCharacters[first] !== 1) {
      throw new MalformedMessage('a first byte that begins no HTTP/1.1 message')
    }
    for (let i = Math.max(at, this.#searched); i < bytes.length; i++) {
      if (bytes[i] === lineFeed && (i === at || bytes[i - 1] !== carriageReturn)) throw new MalformedMessage('a bare LF')
    }
    this.#searched = bytes.length
    return null
  }
}
