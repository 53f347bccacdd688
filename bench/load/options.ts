/**
 * The command line of `npm run bench`.
 */
import { parseArgs } from 'node:util'
import { type ScenarioName, scenarioNames } from './scenarios.ts'

export interface Options {
  readonly scenarios: readonly ScenarioName[]
  readonly rounds: number
  /** Length of each measured window. */
  readonly seconds: number
  /** Load before the first window, so that JIT compilers and pools are where they stay. */
  readonly warmUpSeconds: number
  /** A smoke run: its figures are too short to be kept with the others. */
  readonly quick: boolean
  /** The closed-loop window by wrk in place of the generator of our own. */
  readonly wrk: boolean
  /** A missed target makes the exit code 1. */
  readonly assert: boolean
  readonly help: boolean
}

export class UsageError extends Error {}

export const usage = `npm run bench -- [options]
  --only A,B     scenarios: ${scenarioNames.join(', ')} (hung-mirror brings mirror along, which it is compared with)
  --rounds N     how often everything is measured, in alternating order (5)
  --seconds N    length of each measured window (4)
  --quick        one round, windows of one second, results to a temporary folder
  --wrk          closed loop by wrk, where it is installed
  --assert       exit code 1 when a target is missed
`

function positive(text: string | undefined, fallback: number, option: string): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!(value > 0)) throw new UsageError(`--${option} ${text}: a number above 0 is expected`)
  return value
}

function chosenScenarios(only: string | undefined): readonly ScenarioName[] {
  if (only === undefined) return scenarioNames
  const wanted = only.split(',')
  const unknown = wanted.find((name) => !scenarioNames.some((known) => known === name))
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: expected one of ${scenarioNames.join(', ')}`)
  if (wanted.includes('hung-mirror')) wanted.push('mirror')
  return scenarioNames.filter((name) => wanted.includes(name))
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = { only: text, rounds: text, seconds: text, quick: flag, wrk: flag, assert: flag, help: flag }
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** @throws UsageError with one sentence about what is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const { only, rounds, seconds, quick, wrk, assert, help } = parse(argv)
  return {
    scenarios: chosenScenarios(only),
    rounds: Math.ceil(positive(rounds, quick ? 1 : 5, 'rounds')),
    seconds: positive(seconds, quick ? 1 : 4, 'seconds'),
    warmUpSeconds: quick ? 1 : 2,
    quick,
    wrk,
    assert,
    help,
  }
}
