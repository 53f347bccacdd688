/**
 * The chunked transfer coding (RFC 9112 section 7.1): content out, framing away.
 *
 * Invariant: sizes, extensions and trailers are bounded, so nobody makes us hold or read much for little content
 * (the class of CVE-2023-39326). Extensions are dropped: they belong to one connection. CR and LF only ever come as a pair.
 */
import type { HeaderList } from '../../http/headers.ts'
import type { BodyDecoder } from './body-decoder.ts'
import { carriageReturn, lineFeed, valueCharacters } from './characters.ts'
import { MalformedMessage } from './malformed-message.ts'
import { parseTrailers } from './trailers.ts'

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done'

const semicolon = 59
/** Enough for 2^52 bytes, and for zeros before it. */
const maxDigits = 13
const maxExtensionBytes = 512
const maxTrailerBytes = 16 * 1024

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

export class ChunkedDecoder implements BodyDecoder {
  content: Buffer | null = null
  trailers: HeaderList | null = null
  #state: State = 'size'
  #digits = 0
  #extensionBytes = 0
  /** While reading the size, what is known of it; then what is left of the chunk. */
  #left = 0
  /** Trailer section so far, whole lines. */
  #section = ''
  #line = ''

  get done(): boolean {
    return this.#state === 'done'
  }

  read(bytes: Buffer, from: number): number {
    let at = from
    this.content = null
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') return this.#readData(bytes, at)
      at = this.#state === 'trailers' ? this.#readTrailers(bytes, at) : this.#readFraming(bytes[at] as number, at)
    }
    return at
  }

  close(): boolean {
    return this.done
  }

  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.content = bytes.subarray(at, end)
    this.#left -= end - at
    if (this.#left === 0) this.#state = 'data-cr'
    return end
  }

  #readFraming(byte: number, at: number): number {
    switch (this.#state) {
      case 'size':
        this.#readSize(byte)
        return at + 1
      case 'extension':
        this.#readExtension(byte)
        return at + 1
      case 'size-lf':
        this.#expect(byte, lineFeed)
        this.#endSize()
        return at + 1
      case 'data-cr':
        this.#expect(byte, carriageReturn)
        this.#state = 'data-lf'
        return at + 1
      case 'data-lf':
        this.#expect(byte, lineFeed)
        this.#beginSize()
        return at + 1
      case 'data':
      case 'trailers':
      case 'done':
        return at
      default:
        return this.#state satisfies never
    }
  }

  #expect(byte: number, wanted: number): void {
    if (byte !== wanted) throw new MalformedMessage('a chunk whose size line or content does not end in CR LF')
  }

  #beginSize(): void {
    this.#state = 'size'
    this.#digits = 0
    this.#left = 0
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte)
    if (digit >= 0) {
      if (++this.#digits > maxDigits) throw new MalformedMessage('a chunk size of too many digits')
      this.#left = this.#left * 16 + digit
      return
    }
    if (this.#digits === 0) throw new MalformedMessage('a chunk without a size')
    if (byte === carriageReturn) this.#state = 'size-lf'
    else if (byte === semicolon) this.#state = 'extension'
    else throw new MalformedMessage('a chunk size that is not plain hexadecimal')
  }

  /** Counted over the whole body, not each chunk: many small chunks with long extensions are the same attack. */
  #readExtension(byte: number): void {
    if (byte === carriageReturn) this.#state = 'size-lf'
    else if (valueCharacters[byte] !== 1) throw new MalformedMessage('a control byte in a chunk extension')
    else if (++this.#extensionBytes > maxExtensionBytes) throw new MalformedMessage('chunk extensions that are too long')
  }

  #endSize(): void {
    this.#state = this.#left === 0 ? 'trailers' : 'data'
  }

  #readTrailers(bytes: Buffer, at: number): number {
    const found = bytes.indexOf(lineFeed, at)
    const end = found === -1 ? bytes.length : found + 1
    this.#line += bytes.toString('latin1', at, end)
    if (this.#section.length + this.#line.length > maxTrailerBytes) throw new MalformedMessage('trailers that are too long', true)
    if (found !== -1) this.#endLine()
    return end
  }

  /** The section ends with an empty line, which is all of it where there are no trailers. */
  #endLine(): void {
    const line = this.#line
    if (!line.endsWith('\r\n')) throw new MalformedMessage('a bare LF in the trailers')
    this.#line = ''
    this.#section += line
    if (line !== '\r\n') return
    if (this.#section !== line) this.trailers = parseTrailers(this.#section)
    this.#state = 'done'
  }
}
