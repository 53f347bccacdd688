/**
 * The command line of `npm run bench -- startup`.
 */
import { parseArgs } from 'node:util'
import { UsageError } from '../../proxy/runtime/program.ts'

export interface Options {
  /** Starts of each subject. */
  readonly starts: number
  /** Loads of each subject, and how long each lasts. */
  readonly loads: number
  readonly seconds: number
  /** A smoke run: its figures are not kept with the others. */
  readonly quick: boolean
  /** A missed target makes the exit code 1. */
  readonly assert: boolean
  readonly help: boolean
}

export const usage = `npm run bench -- startup [options]
  --quick    three starts and one short load each; results to a temporary folder
  --assert   exit code 1 when a target is missed
`

/** @throws UsageError with one sentence about what is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const { quick, assert, help } = parse(argv)
  const scale = quick ? { starts: 3, loads: 1, seconds: 3 } : { starts: 10, loads: 3, seconds: 15 }
  return { ...scale, quick, assert, help }
}

function parse(argv: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args: [...argv], options: { quick: flag, assert: flag, help: flag } }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
