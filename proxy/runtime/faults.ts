/**
 * A fault in one call or stream must not take every other one down with it: it is logged with its stack, and serving goes on.
 */
import type { Logger } from './logger.ts'

/** For the main of a program that serves. Whoever read our lines may go, too: that costs lines, and would else be a fault for ever. */
export function surviveFaults(logger: Logger): void {
  process.stderr.on('error', () => undefined)
  process.on('uncaughtException', (error) => logger.error('internal fault', { stack: error.stack ?? String(error) }))
}
