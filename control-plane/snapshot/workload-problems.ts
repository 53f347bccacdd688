/**
 * Problems of all workloads, each once, with whom it concerns.
 */
import type { Trouble } from '../source/trouble-log.ts'
import type { Problem } from './consistent-routing.ts'
import type { Group } from './group.ts'

export interface WorkloadProblem extends Problem {
  /** `namespace/workload`, sorted. */
  readonly workloads: readonly string[]
}

export function workloadProblems(groups: Iterable<Group>): WorkloadProblem[] {
  const all = [...groups].flatMap(({ node, view }) =>
    view.problems.map((problem) => ({ problem, workload: `${node.namespace}/${node.workload}` })),
  )
  const same = Map.groupBy(all, ({ problem }) => keyOf(problem))
  return [...same.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [{ ...first.problem, workloads: distinct([first, ...rest].map(({ workload }) => workload)) }],
  )
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted()
}

function keyOf({ kind, name, message, held }: Problem): string {
  return JSON.stringify([kind, name, message, held])
}

/** For the log. Who is concerned may change without its being said again. */
export function problemTrouble(problem: WorkloadProblem): Trouble {
  const { kind, name, origin, message, held, workloads } = problem
  return {
    key: keyOf(problem),
    fields: { at: `${origin.file}:${origin.line}:${origin.column}`, object: `${kind}/${name}`, reason: message },
    effect: { effect: held ? 'stays as it was' : 'is left out', workloads: workloads.join(',') },
  }
}
