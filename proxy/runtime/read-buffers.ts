/**
 * Read buffers that nobody holds any more, and how much of them may lie about.
 *
 * Each large read of a socket takes 64 KiB outside V8's heap, and V8 lets some 100 MiB of them gather before it looks: one large
 * body would cost that much memory. Invariant: after every few MiB of large reads the young generation is collected.
 * That takes a few hundred microseconds, as next to nothing survives, and costs no throughput that could be measured.
 */
type Collect = (options: { readonly type: 'minor' }) => void

/** Smaller reads give most of their buffer back at once. */
const largeBytes = 16 * 1024
const bytesBetween = 8 * 1024 * 1024

let bytesSince = 0
let collect: Collect | null = null

/** To be told of every chunk that a connection reads. */
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
