/**
 * All measurements of a run, round by round, in an order that turns round every time, so that a machine
 * that gets slower or busier meanwhile is not held against whoever comes last.
 */
import type { Contestant } from '../lib/contestant.ts'
import { type Measurement, measure } from './measurement.ts'
import type { Options } from './options.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { type Comparison, compare } from './side-by-side.ts'
import type { Site } from './site.ts'

export interface Failure {
  readonly contestant: string
  readonly scenario: string
  readonly round: number
  readonly reason: string
}

export interface RunResult {
  readonly measurements: readonly Measurement[]
  readonly comparisons: readonly Comparison[]
  readonly failures: readonly Failure[]
}

export interface Job {
  readonly contestant: Contestant
  readonly scenario: Scenario
  readonly round: number
  /** Two of this contestant that are alike. */
  readonly control: boolean
}

/** By whom the noise of a comparison is shown: one is enough. */
const controlled = 'Tandem'

function takesPart(contestant: Contestant, scenario: Scenario, options: Options): boolean {
  const { name } = contestant
  const chosen = options.contestants ?? scenario.contestants
  const task = scenario.kind === 'alone' ? scenario.task : scenario.other.task
  const shown = options.quick && options.contestants === null ? quickly(name, scenario) : true
  return shown && chosen.includes(name) && contestant.supports(task)
}

/** A quick run asks whether the bench still works, which every program shows once; the rest of the scenarios Tandem alone. */
function quickly(name: string, { name: scenario }: Scenario): boolean {
  return name === 'Tandem' || scenario === 'forward' || scenario === 'mirror' || scenario === 'fan-out'
}

function jobsOf(scenario: Scenario, order: readonly Contestant[], options: Options, round: number): Job[] {
  return order
    .filter((contestant) => takesPart(contestant, scenario, options))
    .flatMap((contestant) => {
      const job = { contestant, scenario, round, control: false }
      const controls = scenario.kind === 'side-by-side' && scenario.control && contestant.name === controlled
      return controls ? [job, { ...job, control: true }] : [job]
    })
}

/** What is measured in one round, in its order. */
export function jobsOfRound(contestants: readonly Contestant[], options: Options, round: number): Job[] {
  const order = round % 2 === 0 ? contestants : contestants.toReversed()
  const wanted = scenarios.filter(({ name }) => options.scenarios.includes(name))
  return wanted.flatMap((scenario) => jobsOf(scenario, order, options, round))
}

export interface Run {
  readonly contestants: readonly Contestant[]
  /** The caller that needs no proxy. */
  readonly direct: Contestant
  readonly site: Site
  readonly options: Options
}

async function runJob({ contestant, scenario, round, control }: Job, { direct, site, options }: Run): Promise<Measurement | Comparison> {
  if (scenario.kind === 'alone') return measure(contestant, round, { scenario, site, options })
  return compare({ contestant, direct, control }, round, { scenario, site, options })
}

/** A contestant that fails is reported and does not end the run. @param progress takes one short line a measurement. */
export async function runAll(run: Run, progress: (line: string) => void): Promise<RunResult> {
  const { contestants, options } = run
  const measurements: Measurement[] = []
  const comparisons: Comparison[] = []
  const failures: Failure[] = []
  const rounds = Array.from({ length: options.rounds }, (_, round) => jobsOfRound(contestants, options, round))
  for (const job of rounds.flat()) {
    const { contestant, scenario, round, control } = job
    progress(`round ${round + 1} of ${options.rounds}: ${scenario.name}, ${contestant.name}${control ? ' twice' : ''}`)
    try {
      const one = await runJob(job, run)
      if ('base' in one) comparisons.push(one)
      else measurements.push(one)
    } catch (error) {
      failures.push({
        contestant: contestant.name,
        scenario: scenario.name,
        round,
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return { measurements, comparisons, failures }
}
