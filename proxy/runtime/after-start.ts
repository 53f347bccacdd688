/**
 * What is done once, soon after a sidecar is ready, when whoever has waited for that has been answered.
 */
import { flushCompileCache } from 'node:module'
import type { Clock } from './clock.ts'

const soonMs = 300

/**
 * Keeps what was compiled for the next start: now and not at the end, which may be SIGKILL, and without what only load compiles.
 * Gives back what the start leaves behind (the parsed document, half-used pages): 4 MiB, which V8 would keep for as long as little happens.
 * It takes about 25 ms, once.
 */
export function settleAfterStart(clock: Clock): void {
  clock.after(soonMs, () => {
    flushCompileCache()
    // There only where the program was started with --expose-gc, as bin/tandem-proxy does.
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  })
}
