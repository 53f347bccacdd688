/**
 * HTTP/2 frames by hand (RFC 9113 section 4), for what well-behaved libraries refuse to send.
 */
import type { Socket } from 'node:net'

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export const frameType = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const
export const flag = { endStream: 1, ack: 1, endHeaders: 4 } as const

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, at * 4)
  return bytes
}

/** @param entries id, value, id, value. */
export function settings(...entries: number[]): Buffer {
  const payload = Buffer.alloc(entries.length * 3)
  for (let i = 0; i < entries.length; i += 2) {
    payload.writeUInt16BE(entries[i] as number, i * 3)
    payload.writeUInt32BE(entries[i + 1] as number, i * 3 + 2)
  }
  return frame(frameType.settings, 0, 0, payload)
}

export const settingsAck = frame(frameType.settings, flag.ack, 0)

export function goaway(lastStream: number, code: number): Buffer {
  return frame(frameType.goaway, 0, 0, numbers(lastStream, code))
}

export function rstStream(stream: number, code: number): Buffer {
  return frame(frameType.rstStream, 0, stream, numbers(code))
}

/** An HPACK integer (RFC 7541 section 5.1) in a seven-bit prefix. */
function integer(value: number): number[] {
  if (value < 127) return [value]
  const bytes = [127]
  let rest = value - 127
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128)
  bytes.push(rest)
  return bytes
}

/** Fields as literals that are not indexed (RFC 7541 section 6.2.2), whatever they contain. */
export function fieldBlock(fields: readonly string[]): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = Buffer.from(fields[i] as string, 'latin1')
    const value = Buffer.from(fields[i + 1] as string, 'latin1')
    parts.push(Buffer.from([0, ...integer(name.length)]), name, Buffer.from(integer(value.length)), value)
  }
  return Buffer.concat(parts)
}

export function headers(stream: number, fields: readonly string[], endStream = true): Buffer {
  return frame(frameType.headers, flag.endHeaders | (endStream ? flag.endStream : 0), stream, fieldBlock(fields))
}

export function data(stream: number, text: string, endStream = false): Buffer {
  return frame(frameType.data, endStream ? flag.endStream : 0, stream, Buffer.from(text))
}

/** Code of RST_STREAM or GOAWAY. */
export function errorCode({ type, payload }: Frame): number {
  return payload.readUInt32BE(type === frameType.goaway ? 4 : 0)
}

/** Reads the frames of a connection as they come. */
export class FrameReader {
  readonly frames: Frame[] = []
  closed = false
  #rest: Buffer
  #skip: number
  readonly #looks = new Set<() => void>()

  /** @param side `server` reads the caller's preface first. */
  constructor(socket: Socket, side: 'server' | 'client') {
    this.#rest = Buffer.alloc(0)
    this.#skip = side === 'server' ? preface.length : 0
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => {
      this.closed = true
      this.#look()
    })
  }

  /** Resolves with the first frame that fits, past or future; rejects when the connection closes before. */
  next(fits: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.frames.find(fits)
        if (found === undefined && !this.closed) return
        this.#looks.delete(look)
        if (found === undefined) reject(new Error('the connection closed before the frame came'))
        else resolve(found)
      }
      this.#looks.add(look)
      look()
    })
  }

  nextOf(type: number, stream?: number): Promise<Frame> {
    return this.next((candidate) => candidate.type === type && (stream === undefined || candidate.stream === stream))
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    if (this.#skip > 0 && this.#rest.length >= this.#skip) {
      this.#rest = this.#rest.subarray(this.#skip)
      this.#skip = 0
    }
    while (this.#skip === 0 && this.#rest.length >= 9 && this.#rest.length >= 9 + this.#rest.readUIntBE(0, 3)) this.#cut()
    this.#look()
  }

  #cut(): void {
    const length = this.#rest.readUIntBE(0, 3)
    const [type = 0, flags = 0] = this.#rest.subarray(3, 5)
    this.frames.push({ type, flags, stream: this.#rest.readUInt32BE(5), payload: this.#rest.subarray(9, 9 + length) })
    this.#rest = this.#rest.subarray(9 + length)
  }

  #look(): void {
    for (const look of this.#looks) look()
  }
}
