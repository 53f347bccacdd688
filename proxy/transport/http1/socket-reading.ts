/**
 * How the bytes of a socket come to whoever speaks HTTP/1.1 on it.
 *
 * Node reads into 64 KiB of new memory each time, and reads once more after it was told to pause. A socket that is opened with `onread`
 * does neither: all of them read into one memory, out of which chunks are copied. Where a large body fills it, the next chunks
 * are read into memory of their own. Invariant: a chunk belongs to whoever gets it, and after `pause` none comes.
 */
import type { OnReadOpts, Socket } from 'node:net'
import { free } from '../../runtime/read-buffers.ts'

/** @returns whether nobody has a view of the chunk any more. */
export type OnChunk = (chunk: Buffer) => boolean

export interface SocketReading {
  /** From now on every chunk comes here. */
  begin(onChunk: OnChunk): void
  /** From now on the socket is a stream like any other; not to be called unless it is paused. */
  handOver(): void
}

const readBytes = 64 * 1024
/** Below this, a part of a pool is cheaper than memory of its own. */
const pooledBytes = 4096

/** All sockets of a thread read into it, one after the other. What is in it is theirs only while it is handed on. */
let shared: Buffer | null = null

function copyOf(bytes: Buffer): Buffer {
  if (bytes.length < pooledBytes) return Buffer.from(bytes)
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}

/** For a socket that is yet to be opened, with these options. */
export class DirectReading implements SocketReading {
  readonly onread: OnReadOpts = {
    buffer: () => this.#nextMemory(),
    callback: (bytes, memory) => this.#read(memory as Buffer, bytes),
  }
  #socket: Socket | null = null
  #onChunk: OnChunk | null = null
  /** The last read was full, so more of the same is to come. */
  #isFull = false
  /** Of this socket, with nothing in it yet. */
  #own: Buffer | null = null

  of(socket: Socket): this {
    this.#socket = socket
    return this
  }

  begin(onChunk: OnChunk): void {
    this.#onChunk = onChunk
    this.#socket?.resume()
  }

  handOver(): void {
    this.#onChunk = null
  }

  #nextMemory(): Buffer {
    const wantsOwn = this.#isFull && this.#socket?.isPaused() === false
    this.#own = wantsOwn ? (this.#own ?? Buffer.allocUnsafeSlow(readBytes)) : null
    return this.#own ?? (shared ??= Buffer.allocUnsafeSlow(readBytes))
  }

  /** @returns false to read no more. */
  #read(memory: Buffer, bytes: number): boolean {
    this.#isFull = bytes === memory.length
    const isLent = this.#isFull && memory === this.#own
    const chunk = isLent ? memory : copyOf(memory.subarray(0, bytes))
    if (this.#onChunk === null) {
      this.#own = null
      return this.#socket?.push(chunk) ?? false
    }
    const isFree = this.#onChunk(chunk)
    if (isLent && !isFree) this.#own = null
    return true
  }
}

/** For a socket whose protocol was not known when it was opened. */
export class StreamReading implements SocketReading {
  readonly #socket: Socket
  #onData: ((chunk: Buffer) => void) | null = null

  constructor(socket: Socket) {
    this.#socket = socket
  }

  begin(onChunk: OnChunk): void {
    this.#onData = (chunk) => {
      if (onChunk(chunk)) free(chunk)
    }
    this.#socket.on('data', this.#onData)
  }

  handOver(): void {
    if (this.#onData !== null) this.#socket.off('data', this.#onData)
  }
}
