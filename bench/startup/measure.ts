/**
 * One start of one subject: until it is ready, what it holds when nothing happens, and what it holds under load.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Child, startChild } from '../lib/child.ts'
import { firstAnswer } from '../lib/first-answer.ts'
import { startLoad } from '../lib/load.ts'
import { freePort } from '../lib/ports.ts'
import { rssMiB } from '../lib/process-figures.ts'
import type { CallPlan } from '../lib/target.ts'
import type { Subject } from './subjects.ts'

export const connections = 50
export const ratePerSecond = 1_000

/** What a sidecar does right after it is ready (it gives back what the start took) is over by then. */
const settleMs = 1_000

export interface Place {
  readonly folder: string
  /** Port of the origin. */
  readonly origin: number
}

export interface Start {
  readonly readyMs: number
  readonly idleMiB: number
}

interface Started extends Start {
  readonly child: Child
  readonly port: number
}

const call: CallPlan = { path: '/', uploadBytes: 0, routes: null }
const ready: CallPlan = { ...call, path: '/ready' }

/** Everything that cannot be turned off is on, and an access log; tracing is off. */
function config(port: number, health: number, { folder, origin }: Place): string {
  return JSON.stringify({
    admin: { address: '127.0.0.1:0' },
    health: { address: `127.0.0.1:${health}` },
    accessLog: { to: join(folder, 'access.log'), format: 'json' },
    listeners: [{ name: 'outbound', address: `127.0.0.1:${port}` }],
    upstreams: { origin: { endpoints: [`127.0.0.1:${origin}`] } },
    routes: [{ name: 'all', match: { pathPrefix: '/' }, forward: 'origin' }],
  })
}

/** Ready is when `GET /ready` says so, asked for every 2 ms. */
async function start({ program }: Subject, place: Place): Promise<Started> {
  const [port, health] = [await freePort(), await freePort()]
  const file = join(place.folder, 'tandem.json')
  writeFileSync(file, config(port, health, place))
  const since = performance.now()
  const child = await startChild([program, '--config', file], { output: join(place.folder, 'tandem.out') })
  const readyMs = await firstAnswer(child, { port: health, tls: null }, ready, since)
  await delay(settleMs)
  return { child, port, readyMs, idleMiB: rssMiB([child.pid]) }
}

export async function measureStart(subject: Subject, place: Place): Promise<Start> {
  const { child, readyMs, idleMiB } = await start(subject, place)
  await child.stop()
  return { readyMs, idleMiB }
}

/** @returns resident MiB after so many seconds of load; the load is still on when it is read, as a window ends with it. @throws when calls fail. */
export async function measureLoaded(subject: Subject, place: Place, seconds: number): Promise<number> {
  const { child, port } = await start(subject, place)
  const load = await startLoad({ targets: [{ port, tls: null }], connections, plan: call }, { cpus: null, folder: place.folder })
  try {
    const { failed } = await load.run({ seconds, ratePerSecond })
    if (failed > 0) throw new Error(`${failed} calls failed`)
    return rssMiB([child.pid])
  } finally {
    await load.stop()
    await child.stop()
  }
}
