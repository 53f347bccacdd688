/**
 * The command line of `npm run bench -- control-plane`.
 */
import { parseArgs } from 'node:util'
import { UsageError } from '../../proxy/runtime/program.ts'
import { type FigureName, figureNames } from './figures.ts'

export interface Scale {
  readonly sidecars: number
  /** The sidecars are those of so many workloads, each with routing of its own. */
  readonly workloads: number
  /** Edits that are measured one by one. */
  readonly edits: number
  /** Edits in a row, and within how long. */
  readonly storm: { readonly edits: number; readonly seconds: number }
  /** Of the real sidecar. */
  readonly routes: number
  readonly changes: { readonly rounds: number; readonly seconds: number; readonly warmUpSeconds: number }
}

export interface Options {
  readonly figures: readonly FigureName[]
  readonly scale: Scale
  /** A smoke run: its figures are of a small fleet and not kept with the others. */
  readonly quick: boolean
  /** A missed target makes the exit code 1. */
  readonly assert: boolean
  readonly help: boolean
}

const full: Scale = {
  sidecars: 2_000,
  workloads: 100,
  edits: 40,
  storm: { edits: 1_000, seconds: 10 },
  routes: 10_000,
  changes: { rounds: 5, seconds: 6, warmUpSeconds: 5 },
}

const small: Scale = {
  sidecars: 100,
  workloads: 10,
  edits: 20,
  storm: { edits: 200, seconds: 2 },
  routes: 2_000,
  changes: { rounds: 1, seconds: 2, warmUpSeconds: 1 },
}

export const usage = `npm run bench -- control-plane [options]
  --only A,B     figures: ${figureNames.join(', ')}
  --sidecars N   simulated sidecars (${full.sidecars})
  --quick        ${small.sidecars} sidecars, ${small.routes} routes, short windows; results to a temporary folder
  --assert       exit code 1 when a target is missed
`

/** @throws UsageError with one sentence about what is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const { only, sidecars, quick, assert, help } = parse(argv)
  const scale = quick ? small : full
  return { figures: chosen(only), scale: { ...scale, sidecars: count(sidecars, scale.sidecars) }, quick, assert, help }
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args: [...argv], options: { only: text, sidecars: text, quick: flag, assert: flag, help: flag } }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function chosen(only: string | undefined): readonly FigureName[] {
  const wanted = only?.split(',') ?? figureNames
  const unknown = wanted.find((name) => !figureNames.some((known) => known === name))
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: expected one of ${figureNames.join(', ')}`)
  return figureNames.filter((name) => wanted.includes(name))
}

function count(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError(`--sidecars ${text}: a whole number above 0 is expected`)
  return value
}
