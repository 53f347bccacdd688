/**
 * Memory that sockets were read into, given back as soon as nobody holds it any more.
 *
 * Each large read takes 64 KiB outside V8's heap, and V8 lets some 100 MiB of them gather before it looks: one large body would cost
 * that much memory, and each read would go to memory that no cache holds. So whoever reads lends the content of a read to whoever
 * takes it, and who has done with it gives it back; what has come back whole when the read is over is used again, or freed at once.
 * Who keeps content, for however long, just does not give it back. Who hands it to several lends it once more for each one more.
 *
 * Invariant: of what is not given back, the young generation is collected after every few MiB. That takes a few hundred microseconds,
 * as next to nothing survives.
 */
type Collect = (options: { readonly type: 'minor' }) => void

/** Smaller reads give most of their buffer back at once. */
export const largeBytes = 16 * 1024
const bytesBetween = 8 * 1024 * 1024

/** The memory of the read in progress, where it is large. */
let current: ArrayBufferLike | null = null
let bytesLent = 0
let bytesBack = 0
let bytesSince = 0
let collect: Collect | null = null

/** @param bytes just read, and whatever was left of the read before. */
export function beginRead(bytes: Buffer): void {
  current = bytes.length < largeBytes ? null : bytes.buffer
  bytesLent = 0
  bytesBack = 0
}

export function lend(content: Buffer): void {
  if (current !== null && content.buffer === current) bytesLent += content.length
}

/** Nothing holds it any more, the kernel included. */
export function giveBack(content: Buffer): void {
  if (current !== null && content.buffer === current) bytesBack += content.length
}

/**
 * The reader has seen to everything that it could.
 * @param bytes that were read. @param isUsed nothing is left to be decoded.
 * @returns whether nobody has a view of the memory any more.
 */
export function endRead(bytes: number, isUsed: boolean): boolean {
  const isFree = isUsed && current !== null && bytesLent === bytesBack
  if (!isFree) noteRead(bytes)
  current = null
  return isFree
}

/** @param bytes of which nobody has a view any more. Parts of a larger memory, such as a pool, are left alone. */
export function free(bytes: Buffer): void {
  const { buffer } = bytes
  if (bytes.length === buffer.byteLength) (buffer as ArrayBuffer).transfer(0)
}

/** To be told of every chunk that was read, and that is not given back. */
export function noteRead(bytes: number): void {
  if (bytes < largeBytes) return
  bytesSince += bytes
  if (bytesSince < bytesBetween) return
  bytesSince = 0
  // bin/tandem-proxy has it exposed.
  collect ??= (globalThis.gc as Collect | undefined) ?? exposedCollector()
  collect?.({ type: 'minor' })
}

/**
 * V8 puts `gc` into contexts that are made while the flag is set; this one has nothing else in it.
 * @returns null when another thread took the flag back at this very moment.
 */
function exposedCollector(): Collect | null {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  setFlagsFromString('--expose-gc')
  const exposed = process.getBuiltinModule('node:vm').runInNewContext('globalThis.gc ?? null') as Collect | null
  setFlagsFromString('--no-expose-gc')
  return exposed
}
