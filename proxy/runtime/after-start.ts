/**
 * What is done once, when a sidecar is ready: its start is not held up by it, and no call is there yet that could be.
 */
import { flushCompileCache } from 'node:module'

/**
 * Keeps what was compiled for the next start: now and not at the end, which may be SIGKILL, and without what only load has compiled.
 * Gives back what the start leaves behind (the parsed document, half-used pages): 4 MiB, which V8 would keep for as long as little happens.
 * Takes about 20 ms; the first start of all, which fills the cache, twice that.
 */
export function settleAfterStart(): void {
  flushCompileCache()
  // There only where the program was started with --expose-gc, as bin/tandem-proxy does.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
