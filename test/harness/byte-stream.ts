/**
 * Bodies too large to hold: made as they are read, counted as they pass, and forgotten.
 */
import { Readable } from 'node:stream'

const piece = Buffer.alloc(256 * 1024, 'tandem ')

/** So many bytes, made piece by piece as fast as they are taken. */
export class ByteStream extends Readable {
  #left: number
  /** Bytes handed out so far. */
  made = 0

  constructor(bytes: number) {
    super({ highWaterMark: piece.length })
    this.#left = bytes
  }

  override _read(): void {
    const size = Math.min(piece.length, this.#left)
    this.#left -= size
    this.made += size
    this.push(size === 0 ? null : piece.subarray(0, size))
  }
}

/** Reads to the end. @returns bytes. @param moved told the bytes so far. */
export function countBytes(stream: Readable, moved: (bytes: number) => void = () => undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      moved(bytes)
    })
    stream.on('end', () => resolve(bytes))
    stream.on('error', reject)
    stream.on('aborted', () => reject(new Error(`broke off after ${bytes} bytes`)))
  })
}
