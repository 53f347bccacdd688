/**
 * What the mains of programs that serve have in common: exit codes, signals, and faults that must not end them.
 */
import { readFileSync } from 'node:fs'
import type { Logger } from './logger.ts'
import { sourceStack } from './source-stack.ts'

const done = 0
const failed = 1
const wrongUsage = 2

/** Wrong words or an invalid configuration: exit code 2, and the message as it is. */
export class UsageError extends Error {}

/** Of Tandem, from its package. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return version
}

/** Runs a program to the point where it serves; ends the process when it cannot. From then on a fault in one call or stream is only logged. */
export function runProgram(logger: Logger, run: (argv: readonly string[]) => Promise<void>): void {
  // Whoever read our lines may go: that costs lines, and would else be a fault for ever.
  process.stderr.on('error', () => undefined)
  process.on('uncaughtException', (error) => logger.error('internal fault', { stack: sourceStack(error.stack ?? String(error)) }))
  run(process.argv.slice(2)).catch((error: unknown) => process.exit(exitCodeOf(error, logger)))
}

function exitCodeOf(error: unknown, logger: Logger): number {
  if (!(error instanceof UsageError)) {
    logger.error('cannot start', { reason: error instanceof Error ? error.message : String(error) })
    return failed
  }
  process.stderr.write(`${error.message}\n`)
  return wrongUsage
}

/** SIGTERM and SIGINT end the program politely, a second one at once. @param doing what the log calls it. */
export function leaveOnSignals(logger: Logger, doing: string, end: () => Promise<void>): void {
  let leaving = false
  const leave = async (signal: string) => {
    if (leaving) process.exit(failed)
    leaving = true
    logger.info(doing, { signal })
    try {
      await end()
      logger.info('stopped')
      process.exit(done)
    } catch (error) {
      logger.error('stopped', { reason: error instanceof Error ? error.message : String(error) })
      process.exit(failed)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void leave(signal))
}
