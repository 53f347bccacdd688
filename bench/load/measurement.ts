/**
 * One measurement: one contestant, one scenario, once. Start it, warm it up, a closed-loop window for CPU and throughput,
 * an open-loop window for latency, read its memory, stop it.
 */
import type { Contestant, Destinations, Running } from '../lib/contestant.ts'
import { startLoad } from '../lib/load.ts'
import type { LoadReport } from '../lib/load-session.ts'
import { cpuMicros, rssMiB } from '../lib/process-figures.ts'
import { type WrkOptions, runWrk } from '../lib/wrk.ts'
import type { Site } from './site.ts'
import type { Options } from './options.ts'
import { type Scenario, connections, openLoopRate } from './scenarios.ts'

export interface Measurement {
  readonly contestant: string
  readonly scenario: string
  readonly round: number
  /** null where the proxy did too little to tell, or where there is none. */
  readonly cpuMicrosPerCall: number | null
  /** null where there is no proxy. */
  readonly rssMiB: number | null
  readonly startupMs: number | null
  readonly callsPerSecond: number
  /** Copies that reached the mirror for each call of the closed loop; null where there is no mirror to count them. */
  readonly copiesPerCall: number | null
  readonly closedLoop: LoadReport
  readonly openLoop: LoadReport
}

type Loaded = Pick<Measurement, 'cpuMicrosPerCall' | 'callsPerSecond' | 'copiesPerCall' | 'closedLoop' | 'openLoop'>

function destinations(site: Site, scenario: Scenario): Destinations {
  const [origin, second] = site.origin.ports
  const [mirror] = scenario.mirror === 'hung' ? site.hungMirror.ports : site.mirror.ports
  return { origin, second, mirror }
}

/** Ten clock ticks: less CPU time than that in a window is too little to divide by calls (a proxy that hangs, or none). */
const leastCpuMicros = 100_000

/** The first window is for CPU and throughput: 50 callers, each with its next call as soon as it is answered. */
async function closedWindow(run: () => Promise<LoadReport>, running: Running, site: Site): Promise<Omit<Loaded, 'openLoop'>> {
  const copiesBefore = await site.mirror.received()
  const cpuBefore = cpuMicros(running.pids)
  const closedLoop = await run()
  const cpu = cpuMicros(running.pids) - cpuBefore
  const copies = (await site.mirror.received()) - copiesBefore
  return {
    closedLoop,
    callsPerSecond: closedLoop.callsPerSecond,
    cpuMicrosPerCall: cpu < leastCpuMicros ? null : cpu / Math.max(1, closedLoop.calls),
    copiesPerCall: copies === 0 ? null : copies / Math.max(1, closedLoop.calls),
  }
}

function wrkOptions(running: Running, site: Site, seconds: number): WrkOptions | undefined {
  const [target, ...others] = running.targets
  if (site.wrk === undefined || target === undefined || others.length > 0) return undefined
  return { program: site.wrk, target, connections, seconds, cpus: site.pinning.others, folder: site.folder }
}

async function underLoad(running: Running, site: Site, options: Options): Promise<Loaded> {
  const load = await startLoad({ targets: running.targets, connections, cpus: site.pinning.others, folder: site.folder })
  const { seconds } = options
  const wrk = wrkOptions(running, site, seconds)
  try {
    await load.run({ seconds: options.warmUpSeconds, ratePerSecond: 0 })
    const closed = await closedWindow(() => (wrk === undefined ? load.run({ seconds, ratePerSecond: 0 }) : runWrk(wrk)), running, site)
    return { ...closed, openLoop: await load.run({ seconds, ratePerSecond: openLoopRate }) }
  } finally {
    await load.stop()
  }
}

/** @throws when the contestant does not start or ends early. */
export async function measure(
  contestant: Contestant,
  scenario: Scenario,
  round: number,
  site: Site,
  options: Options,
): Promise<Measurement> {
  const running = await contestant.start(scenario.task, destinations(site, scenario), { cpus: site.pinning.proxy, folder: site.folder })
  try {
    const loaded = await underLoad(running, site, options)
    const memory = running.pids.length === 0 ? null : rssMiB(running.pids)
    return { contestant: contestant.name, scenario: scenario.name, round, startupMs: running.startupMs, rssMiB: memory, ...loaded }
  } finally {
    await running.stop()
  }
}
