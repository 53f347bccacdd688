/**
 * The command line of the soak test.
 */
import { parseArgs } from 'node:util'

export interface SoakOptions {
  readonly minutes: number
  /** Bounded on purpose: about half of what one core can do, so that what grows is a leak and not a backlog. */
  readonly callsPerSecond: number
  /** Of the choices of callers and illnesses; the same seed gives the same mix. */
  readonly seed: number
}

/** @throws Error that says what is wrong with an argument. */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      rate: { type: 'string', default: '600' },
      seed: { type: 'string', default: '1' },
    },
  })
  return {
    minutes: positive('minutes', values.minutes),
    callsPerSecond: positive('rate', values.rate),
    seed: positive('seed', values.seed),
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name}: ${JSON.stringify(text)} is no number above 0`)
  return value
}
