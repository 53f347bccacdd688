/**
 * One measurement of one contestant that is up alone: start it, warm it up, a closed-loop window for CPU and throughput,
 * an open-loop window for latency, read its memory, stop it.
 */
import type { Contestant, Running } from '../lib/contestant.ts'
import { type Load, startLoad } from '../lib/load.ts'
import type { LoadReport } from '../lib/load-session.ts'
import { cpuMicros, cpuMicrosPerCall, rssMiB } from '../lib/process-figures.ts'
import type { CallPlan } from '../lib/target.ts'
import { routesOf } from '../lib/task.ts'
import { type WrkOptions, runWrk } from '../lib/wrk.ts'
import type { Options } from './options.ts'
import type { AloneScenario, ScenarioName } from './scenario.ts'
import { openLoopRate } from './scenarios.ts'
import { type Site, destinations, surroundings } from './site.ts'

export interface Measurement {
  readonly contestant: string
  readonly scenario: ScenarioName
  readonly round: number
  /** Of the closed loop. null where the proxy did too little to tell, or where there is none. */
  readonly cpuMicrosPerCall: number | null
  /** At the end of the last window. null where there is no proxy. */
  readonly rssMiB: number | null
  /** null where there is no proxy. */
  readonly startupMs: number | null
  /** Copies that reached the mirror for each call of the closed loop; null where nothing is mirrored. */
  readonly copiesPerCall: number | null
  /** Exported to the collector, over all calls from the start to the end; null where it exports nothing. */
  readonly spanBytesPerCall: number | null
  /** null where the scenario has no such window. */
  readonly closedLoop: LoadReport | null
  readonly openLoop: LoadReport | null
}

type ClosedLoop = Pick<Measurement, 'closedLoop' | 'cpuMicrosPerCall' | 'copiesPerCall'>
type Loaded = ClosedLoop & Pick<Measurement, 'openLoop' | 'rssMiB'> & { readonly calls: number }

export interface Setting {
  readonly scenario: AloneScenario
  readonly site: Site
  readonly options: Options
}

const none: ClosedLoop = { closedLoop: null, cpuMicrosPerCall: null, copiesPerCall: null }

/** Callers that each make their next call as soon as one is answered: for CPU and throughput. */
async function closedLoop(run: () => Promise<LoadReport>, running: Running, { scenario, site }: Setting): Promise<ClosedLoop> {
  const copiesBefore = await site.mirror.received()
  const cpuBefore = cpuMicros(running.pids)
  const report = await run()
  const cpu = cpuMicros(running.pids) - cpuBefore
  const copies = (await site.mirror.received()) - copiesBefore
  const copiesPerCall = scenario.task === 'mirror' ? copies / Math.max(1, report.calls) : null
  return { closedLoop: report, cpuMicrosPerCall: cpuMicrosPerCall(cpu, report.calls), copiesPerCall }
}

/** wrk knows one target, plain text and the small GET. */
function wrkOptions(running: Running, { scenario, site, options }: Setting): WrkOptions | undefined {
  const [target, ...others] = running.targets
  if (site.wrk === undefined || target === undefined || others.length > 0 || scenario.transfer !== null) return undefined
  const { connections } = scenario
  return { program: site.wrk, port: target.port, connections, seconds: options.seconds, cpus: site.pinning.others, folder: site.folder }
}

function planOf({ task, transfer }: AloneScenario): CallPlan {
  const uploadBytes = transfer?.direction === 'upload' ? transfer.bytes : 0
  return { path: transfer?.path ?? '/', uploadBytes, routes: routesOf(task) }
}

async function windows(load: Load, running: Running, setting: Setting): Promise<Loaded> {
  const { scenario, options } = setting
  const { warmUpSeconds } = options
  const seconds = options.seconds * scenario.stretch
  const wrk = wrkOptions(running, setting)
  const closed = (): Promise<LoadReport> => (wrk === undefined ? load.run({ seconds, ratePerSecond: 0 }) : runWrk(wrk))
  const warmUp = await load.run({ seconds: warmUpSeconds, ratePerSecond: scenario.windows === 'open' ? openLoopRate : 0 })
  const first = scenario.windows === 'open' ? none : await closedLoop(closed, running, setting)
  const openLoop = scenario.windows === 'closed' ? null : await load.run({ seconds, ratePerSecond: openLoopRate })
  const calls = warmUp.calls + (first.closedLoop?.calls ?? 0) + (openLoop?.calls ?? 0)
  return { ...first, openLoop, calls, rssMiB: running.pids.length === 0 ? null : rssMiB(running.pids) }
}

async function underLoad(running: Running, setting: Setting): Promise<Loaded> {
  const { scenario, site } = setting
  const shape = { targets: running.targets, connections: scenario.connections, plan: planOf(scenario) }
  const load = await startLoad(shape, { cpus: site.pinning.others, folder: site.folder })
  try {
    return await windows(load, running, setting)
  } finally {
    await load.stop()
  }
}

async function runOnce(contestant: Contestant, setting: Setting): Promise<Loaded & Pick<Measurement, 'startupMs'>> {
  const { scenario, site } = setting
  const running = await contestant.start(scenario.task, destinations(site, 'answering', scenario.transfer), surroundings(site))
  try {
    return { startupMs: running.startupMs, ...(await underLoad(running, setting)) }
  } finally {
    await running.stop()
  }
}

/** @throws when the contestant does not start or ends early. */
export async function measure(contestant: Contestant, round: number, setting: Setting): Promise<Measurement> {
  const { scenario, site } = setting
  const before = await site.collector.receivedBytes()
  const { calls, ...loaded } = await runOnce(contestant, setting)
  const bytes = (await site.collector.receivedBytes()) - before
  const spanBytesPerCall = bytes === 0 ? null : bytes / Math.max(1, calls)
  return { contestant: contestant.name, scenario: scenario.name, round, spanBytesPerCall, ...loaded }
}
