/**
 * All measurements of a run, round by round, in an order that turns round every time, so that a machine
 * that gets slower or busier meanwhile is not held against whoever comes last.
 */
import type { Contestant } from '../lib/contestant.ts'
import { type Measurement, measure } from './measurement.ts'
import type { Options } from './options.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import type { Site } from './site.ts'

export interface Failure {
  readonly contestant: string
  readonly scenario: string
  readonly round: number
  readonly reason: string
}

export interface RunResult {
  readonly measurements: readonly Measurement[]
  readonly failures: readonly Failure[]
}

interface Job {
  readonly contestant: Contestant
  readonly scenario: Scenario
  readonly round: number
}

/** A contestant's healthy and hung mirror are measured one right after the other, since they are compared with each other. */
function groups(options: Options): Scenario[][] {
  const chosen = options.scenarios.map((name) => scenarios[name])
  return [...Map.groupBy(chosen, (scenario) => scenario.task).values()]
}

/** What is measured in one round, in its order. */
export function jobsOfRound(contestants: readonly Contestant[], options: Options, round: number): Job[] {
  const order = round % 2 === 0 ? contestants : contestants.toReversed()
  return groups(options).flatMap((group) =>
    order.flatMap((contestant) =>
      group.filter(({ task }) => contestant.supports(task)).map((scenario) => ({ contestant, scenario, round })),
    ),
  )
}

/** A contestant that fails is reported and does not end the run. @param progress takes one short line a measurement. */
export async function runAll(
  contestants: readonly Contestant[],
  site: Site,
  options: Options,
  progress: (line: string) => void,
): Promise<RunResult> {
  const measurements: Measurement[] = []
  const failures: Failure[] = []
  const rounds = Array.from({ length: options.rounds }, (_, round) => jobsOfRound(contestants, options, round))
  await Array.fromAsync(rounds.flat(), async ({ contestant, scenario, round }) => {
    progress(`round ${round + 1} of ${options.rounds}: ${scenario.name}, ${contestant.name}`)
    try {
      measurements.push(await measure(contestant, scenario, round, site, options))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      failures.push({ contestant: contestant.name, scenario: scenario.name, round, reason })
    }
  })
  return { measurements, failures }
}
