/**
 * How the bytes of a socket come to whoever speaks HTTP/1.1 on it.
 *
 * Node reads into 64 KiB of new memory each time, and reads once more after it was told to pause. A socket that is opened with `onread`
 * does neither: all of them read into one memory, out of which chunks are copied. In the midst of a large body, whose chunks are
 * written as fast as they come, a socket has a large memory of its own and hands that on. Invariant: a chunk belongs to whoever gets it,
 * and after `pause` none comes.
 */
import type { OnReadOpts, Socket } from 'node:net'
import { free, largeBytes } from '../../runtime/read-buffers.ts'
import { abandonLargeMemory, dropLargeMemory, giveBackLargeMemory, takeLargeMemory } from './large-memories.ts'

/** Who speaks on the socket. */
export interface ChunkReader {
  /** Messages that are to come, or have come in part. */
  readonly active: number
  /** @returns whether nobody has a view of the chunk any more. */
  onChunk(chunk: Buffer): boolean
}

export interface SocketReading {
  /** From now on every chunk goes there. */
  begin(reader: ChunkReader): void
  /** From now on the socket is a stream like any other; not to be called unless it is paused. */
  handOver(): void
}

/** An answer of 64 KiB comes with its head. */
const sharedBytes = 68 * 1024
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
  #reader: ChunkReader | null = null
  /** The last chunk was large and is out already, so more of the same can come. */
  #keepsUp = false
  /** Of this socket, and nobody has a view of it. */
  #own: Buffer | null = null
  /** The chunk before is in a memory that was our own; who has it has it out before we read on. */
  #isHeld = false

  of(socket: Socket): this {
    this.#socket = socket.once('close', () => {
      this.#dropHeld()
      this.#giveBackOwn()
    })
    return this
  }

  begin(reader: ChunkReader): void {
    this.#reader = reader
    this.#socket?.resume()
  }

  handOver(): void {
    this.#reader = null
  }

  get #isAmidst(): boolean {
    return this.#reader !== null && this.#reader.active > 0
  }

  /** Node wants to know when a read is over where the next one is to go to. */
  #nextMemory(): Buffer {
    if (this.#keepsUp && this.#isAmidst) this.#own ??= takeLargeMemory()
    else this.#giveBackOwn()
    return this.#own ?? (shared ??= Buffer.allocUnsafeSlow(sharedBytes))
  }

  /** @returns false to read no more. */
  #read(memory: Buffer, bytes: number): boolean {
    this.#dropHeld()
    const read = memory.subarray(0, bytes)
    if (this.#reader === null) return this.#socket?.push(copyOf(read)) ?? false
    const isLent = memory === this.#own && bytes >= largeBytes
    const chunk = isLent ? read : copyOf(read)
    this.#keepsUp = this.#reader.onChunk(chunk)
    if (isLent && !this.#keepsUp) this.#loseOwn(memory)
    else if (this.#keepsUp && !isLent) free(chunk)
    return true
  }

  /** Who has the last chunk of a body does not hold up the next answer. */
  #loseOwn(memory: Buffer): void {
    this.#own = null
    if (this.#isAmidst) this.#isHeld = true
    else abandonLargeMemory(memory)
  }

  #dropHeld(): void {
    if (this.#isHeld) dropLargeMemory()
    this.#isHeld = false
  }

  #giveBackOwn(): void {
    if (this.#own !== null) giveBackLargeMemory(this.#own)
    this.#own = null
  }
}

/** For a socket whose protocol was not known when it was opened. */
export class StreamReading implements SocketReading {
  readonly #socket: Socket
  #onData: ((chunk: Buffer) => void) | null = null

  constructor(socket: Socket) {
    this.#socket = socket
  }

  begin(reader: ChunkReader): void {
    this.#onData = (chunk) => {
      if (reader.onChunk(chunk)) free(chunk)
    }
    this.#socket.on('data', this.#onData)
  }

  handOver(): void {
    if (this.#onData !== null) this.#socket.off('data', this.#onData)
  }
}
