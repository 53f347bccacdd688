/**
 * The command line of the soak test.
 */
import { parseArgs } from 'node:util'
import { type MeshRun, meshRuns } from './mesh/runs.ts'

export interface SoakOptions {
  readonly minutes: number
  /** Bounded on purpose: about half of what one core can do, so that what grows is a leak and not a backlog. */
  readonly callsPerSecond: number
  /** Of the choices of callers and illnesses; the same seed gives the same mix. */
  readonly seed: number
  /** What is done to the whole mesh; without it one sidecar is soaked. */
  readonly mesh: MeshRun | undefined
}

/** Of the mesh, where no rate is given: it is what happens to it that counts. */
const meshCallsPerSecond = '200'

/** @throws Error that says what is wrong with an argument. */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      rate: { type: 'string' },
      seed: { type: 'string', default: '1' },
      mesh: { type: 'string' },
    },
  })
  return {
    minutes: positive('minutes', values.minutes),
    callsPerSecond: positive('rate', values.rate ?? (values.mesh === undefined ? '600' : meshCallsPerSecond)),
    seed: positive('seed', values.seed),
    mesh: values.mesh === undefined ? undefined : meshRunOf(values.mesh),
  }
}

function meshRunOf(name: string): MeshRun {
  const found = meshRuns.find((run) => run === name)
  if (found === undefined) throw new Error(`--mesh: found ${JSON.stringify(name)}, expected one of ${meshRuns.join(', ')}`)
  return found
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name}: ${JSON.stringify(text)} is no number above 0`)
  return value
}
