/**
 * Two things measured next to each other: both are up at once, on the same CPU, and take turns of a few seconds under the same load,
 * A B B A, so that whatever the machine does meanwhile is done to both.
 *
 * The p99 of two windows a few seconds apart differs by a factor of up to ten on a virtual machine, even of one and the same process:
 * a ratio of two measurements minutes apart says nothing. What is compared here is the median of many short windows of each side.
 * The beginning of a turn is dropped: in it the other side may still be ending what it had begun.
 */
import type { Contestant, Running } from '../lib/contestant.ts'
import { type Load, startLoad } from '../lib/load.ts'
import type { LoadReport } from '../lib/load-session.ts'
import { cpuMicros, cpuMicrosPerCall } from '../lib/process-figures.ts'
import { type Task, routesOf } from '../lib/task.ts'
import type { Options } from './options.ts'
import type { MirrorState, ScenarioName, SideBySideScenario } from './scenario.ts'
import { openLoopRate } from './scenarios.ts'
import { type Site, destinations, surroundings } from './site.ts'

export interface Side {
  /** In the order in which they were measured. */
  readonly windows: readonly LoadReport[]
  /** Over all windows. null where the proxy did too little to tell, or where there is none. */
  readonly cpuMicrosPerCall: number | null
}

export interface Comparison {
  readonly contestant: string
  readonly scenario: ScenarioName
  readonly round: number
  /** Both sides were alike. */
  readonly control: boolean
  readonly base: Side
  readonly other: Side
}

export interface PairSetting {
  readonly scenario: SideBySideScenario
  readonly site: Site
  readonly options: Options
}

interface Part {
  readonly contestant: Contestant
  readonly task: Task
  readonly mirror: MirrorState
}

/** A contestant that is up, its own load, and what was measured of it. */
class Competitor {
  readonly #running: Running
  readonly #load: Load
  readonly #windows: LoadReport[] = []
  #cpuMicros = 0

  constructor(running: Running, load: Load) {
    this.#running = running
    this.#load = load
  }

  /** @param seconds for each process: they share a CPU with one another, and with their compilers. */
  async warmUp(seconds: number): Promise<void> {
    await this.#load.run({ seconds: seconds * Math.max(1, this.#running.pids.length), ratePerSecond: 0 })
  }

  async turn({ scenario, options }: PairSetting): Promise<void> {
    const ratePerSecond = scenario.pace === 'open' ? openLoopRate : 0
    const { settleSeconds, windowSeconds, windowsPerTurn } = options.turns[scenario.pace]
    await this.#load.run({ seconds: settleSeconds, ratePerSecond })
    const before = cpuMicros(this.#running.pids)
    for (let window = 0; window < windowsPerTurn; window++)
      this.#windows.push(await this.#load.run({ seconds: windowSeconds, ratePerSecond }))
    this.#cpuMicros += cpuMicros(this.#running.pids) - before
  }

  side(): Side {
    const calls = this.#windows.reduce((sum, window) => sum + window.calls, 0)
    return { windows: this.#windows, cpuMicrosPerCall: cpuMicrosPerCall(this.#cpuMicros, calls) }
  }

  async stop(): Promise<void> {
    await this.#load.stop()
    await this.#running.stop()
  }
}

async function enter({ contestant, task, mirror }: Part, { scenario, site }: PairSetting): Promise<Competitor> {
  const running = await contestant.start(task, destinations(site, mirror, null), surroundings(site))
  try {
    const plan = { path: '/', uploadBytes: 0, routes: routesOf(task) }
    const shape = { targets: running.targets, connections: scenario.connections, plan }
    return new Competitor(running, await startLoad(shape, { cpus: site.pinning.others, folder: site.folder }))
  } catch (error) {
    await running.stop()
    throw error
  }
}

/** Who is on, turn by turn: A B B A, and B A A B in the next round. */
export function turnsOf<T>(base: T, other: T, round: number): readonly T[] {
  const [first, second] = round % 2 === 0 ? [base, other] : [other, base]
  return [first, second, second, first]
}

async function compete(base: Competitor, other: Competitor, round: number, setting: PairSetting): Promise<void> {
  for (const each of [base, other]) await each.warmUp(setting.options.warmUpSeconds)
  for (const each of turnsOf(base, other, round)) await each.turn(setting)
}

/** Who stands on which side. A control has two that are as the base is. */
function parts(contestant: Contestant, direct: Contestant, { base, other }: SideBySideScenario, control: boolean): [Part, Part] {
  const first = { ...base, contestant: base.contestant === 'direct' ? direct : contestant }
  return control ? [first, first] : [first, { ...other, contestant }]
}

export interface Rivals {
  readonly contestant: Contestant
  readonly direct: Contestant
  readonly control: boolean
}

/** @throws when one of them does not start or ends early. */
export async function compare({ contestant, direct, control }: Rivals, round: number, setting: PairSetting): Promise<Comparison> {
  const [one, two] = parts(contestant, direct, setting.scenario, control)
  const base = await enter(one, setting)
  try {
    const other = await enter(two, setting)
    try {
      await compete(base, other, round, setting)
      return { contestant: contestant.name, scenario: setting.scenario.name, round, control, base: base.side(), other: other.side() }
    } finally {
      await other.stop()
    }
  } finally {
    await base.stop()
  }
}
