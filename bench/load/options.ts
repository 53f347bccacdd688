/**
 * The command line of `npm run bench`.
 */
import { parseArgs } from 'node:util'
import { type ScenarioName, scenarioNames } from './scenario.ts'

/** One turn of two that are measured side by side. */
export interface Turn {
  /** Load at the beginning of a turn that is not counted. */
  readonly settleSeconds: number
  readonly windowSeconds: number
  readonly windowsPerTurn: number
}

/** In an open loop, for latencies, what the other side has begun needs time to end; in a closed one, for CPU, there is no such thing. */
export type Turns = Readonly<Record<'open' | 'closed', Turn>>

export interface Options {
  readonly scenarios: readonly ScenarioName[]
  /** Names of who takes part wherever it can; null for those whom each scenario names. */
  readonly contestants: readonly string[] | null
  readonly rounds: number
  /** Length of each measured window of who is up alone. */
  readonly seconds: number
  /** Load before the first window, so that JIT compilers and pools are where they stay. */
  readonly warmUpSeconds: number
  readonly turns: Turns
  /** A smoke run: its figures are too short to be kept with the others. */
  readonly quick: boolean
  /** The closed-loop window by wrk in place of the generator of our own. */
  readonly wrk: boolean
  /** A missed target makes the exit code 1. */
  readonly assert: boolean
  readonly help: boolean
}

export class UsageError extends Error {}

export const usage = `npm run bench -- [load] [options]
  --only A,B          scenarios: ${scenarioNames.slice(0, 8).join(', ')},
                      ${scenarioNames.slice(8).join(', ')}
  --contestants A,B   who takes part, wherever it can (each scenario has its own choice)
  --rounds N          how often everything is measured, in alternating order (5)
  --seconds N         length of each measured window (2)
  --quick             one round, windows of a fraction of a second, results to a temporary folder
  --wrk               closed loop by wrk, where it is installed
  --assert            exit code 1 when a target is missed
`

const patient: Turns = {
  open: { settleSeconds: 1, windowSeconds: 1, windowsPerTurn: 2 },
  closed: { settleSeconds: 0.3, windowSeconds: 1, windowsPerTurn: 1 },
}
const short: Turn = { settleSeconds: 0.1, windowSeconds: 0.2, windowsPerTurn: 1 }
const hurried: Turns = { open: short, closed: short }

function positive(text: string | undefined, fallback: number, option: string): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!(value > 0)) throw new UsageError(`--${option} ${text}: a number above 0 is expected`)
  return value
}

function chosen<T extends string>(list: string | undefined, known: readonly T[], option: string): readonly T[] | null {
  if (list === undefined) return null
  const wanted = list.toLowerCase().split(',')
  const unknown = wanted.find((name) => !known.some((one) => one.toLowerCase() === name))
  if (unknown !== undefined) throw new UsageError(`--${option} ${unknown}: expected one of ${known.join(', ')}`)
  return known.filter((one) => wanted.includes(one.toLowerCase()))
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = { only: text, contestants: text, rounds: text, seconds: text, quick: flag, wrk: flag, assert: flag, help: flag }
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** @param known names of all contestants. @throws UsageError with one sentence about what is wrong. */
export function parseOptions(argv: readonly string[], known: readonly string[]): Options {
  const { only, contestants, rounds, seconds, quick, wrk, assert, help } = parse(argv)
  return {
    scenarios: chosen(only, scenarioNames, 'only') ?? scenarioNames,
    contestants: chosen(contestants, known, 'contestants'),
    rounds: Math.ceil(positive(rounds, quick ? 1 : 5, 'rounds')),
    seconds: positive(seconds, quick ? 0.3 : 2, 'seconds'),
    warmUpSeconds: quick ? 0.2 : 1.6,
    turns: quick ? hurried : patient,
    quick,
    wrk,
    assert,
    help,
  }
}
