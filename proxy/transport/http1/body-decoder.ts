/**
 * Where a body ends, and what of the bytes received is content. One decoder a message, chosen by its framing.
 *
 * It advances by at most one piece of content at a time, so that its reader can stop between two pieces.
 */
import type { HeaderList } from '../../http/headers.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import type { Framing } from './framing.ts'

export interface BodyDecoder {
  readonly done: boolean
  /** What the last `read` found; null when it was framing only. A view of the bytes read, not a copy. */
  readonly content: Buffer | null
  readonly trailers: HeaderList | null
  /**
   * Only while there are bytes and not `done`.
   * @returns the position of the first byte not used.
   * @throws MalformedMessage
   */
  read(bytes: Buffer, at: number): number
  /** The sender has closed. @returns whether the body is complete by that. */
  close(): boolean
}

class LengthDecoder implements BodyDecoder {
  done: boolean
  content: Buffer | null = null
  readonly trailers = null
  #left: number

  constructor(length: number) {
    this.#left = length
    this.done = length === 0
  }

  read(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.content = at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end)
    this.#left -= end - at
    this.done = this.#left === 0
    return end
  }

  close(): boolean {
    return this.done
  }
}

/** Responses only: a body that ends with the connection (RFC 9112 section 6.3, rule 8). */
class CloseDecoder implements BodyDecoder {
  done = false
  content: Buffer | null = null
  readonly trailers = null

  read(bytes: Buffer, at: number): number {
    this.content = at === 0 ? bytes : bytes.subarray(at)
    return bytes.length
  }

  close(): boolean {
    this.done = true
    return true
  }
}

/** No body at all. Stateless, so one serves every message. */
export const noBody: BodyDecoder = { done: true, content: null, trailers: null, read: (_, at) => at, close: () => true }

export function requestDecoder(framing: Framing): BodyDecoder {
  if (framing === 'none') return noBody
  return framing === 'chunked' ? new ChunkedDecoder() : new LengthDecoder(framing)
}

export function responseDecoder(framing: Framing, method: string, status: number): BodyDecoder {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return noBody
  if (framing === 'none') return new CloseDecoder()
  return framing === 'chunked' ? new ChunkedDecoder() : new LengthDecoder(framing)
}
