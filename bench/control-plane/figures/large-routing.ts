/**
 * A sidecar with many routes, one of which changes several times a second: how long that takes, and how long it holds up calls.
 *
 * Calls come at a fixed rate and are measured from the instant at which they were due. What a machine does to them is there without
 * changes too: so each window with changes is compared with one without, right before it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { JsonObject, Routing } from '../../../proxy/config/push/routing.ts'
import { median } from '../../lib/quantiles.ts'
import { LoadedSidecar } from '../loaded-sidecar.ts'
import { type Measure, p99, type Reading, single } from '../reading.ts'
import { ScriptedControlPlane } from '../scripted-control-plane.ts'
import type { Site } from '../site.ts'

const changeEveryMs = 200
const nothing = { listeners: [], upstreams: [], routes: [] }

interface Windows {
  /** Longest calls, in ms, round by round. */
  readonly without: number[]
  readonly during: number[]
  /** Of each change. */
  readonly applied: number[]
}

export const largeRouting: Measure = async (site) => {
  await site.withoutFleet()
  const controlPlane = await ScriptedControlPlane.start(site.folder)
  const sidecar = await LoadedSidecar.start(controlPlane, site.folder)
  try {
    const first = await firstSnapshot(site, controlPlane, sidecar)
    return [...first, ...readings(site, await changing(site, controlPlane, sidecar))]
  } finally {
    await sidecar.stop()
    await controlPlane.close()
  }
}

/** Shown beside what is asked: a sidecar that serves by its own file gets all the rest for the first time. */
async function firstSnapshot({ scale, say }: Site, controlPlane: ScriptedControlPlane, sidecar: LoadedSidecar): Promise<Reading[]> {
  const { warmUpSeconds } = scale.changes
  await sidecar.calls(warmUpSeconds)
  say(`a first snapshot of ${scale.routes} routes`)
  const [calls, ms] = await Promise.all([
    sidecar.calls(warmUpSeconds),
    delay(500).then(() => controlPlane.snapshot(manyRoutes(scale.routes))),
  ])
  return [
    single({ text: `a first snapshot of ${scale.routes} routes is in force`, unit: 'ms', limit: null }, ms),
    single({ text: `longest call meanwhile`, unit: 'ms', limit: null }, calls.latency.maxMs),
  ]
}

async function changing({ scale, say }: Site, controlPlane: ScriptedControlPlane, sidecar: LoadedSidecar): Promise<Windows> {
  const { rounds, seconds } = scale.changes
  const windows: Windows = { without: [], during: [], applied: [] }
  await sidecar.calls(scale.changes.warmUpSeconds)
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}: without changes, then with them`)
    windows.without.push((await sidecar.calls(seconds)).latency.maxMs)
    const [during] = await Promise.all([sidecar.calls(seconds), changeFor(seconds, scale.routes, controlPlane, windows.applied)])
    windows.during.push(during.latency.maxMs)
  }
  return windows
}

/** @param applied gets the milliseconds of each change. No two of a run say the same. */
async function changeFor(seconds: number, routes: number, controlPlane: ScriptedControlPlane, applied: number[]): Promise<void> {
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await delay(changeEveryMs)) {
    const changed = route((applied.length * 7_919) % routes, `${applied.length + 1}s`)
    const set = { listeners: {}, upstreams: {}, routes: Object.fromEntries([changed]) }
    applied.push(await controlPlane.change({ set, remove: nothing }))
  }
}

function readings({ scale }: Site, { without, during, applied }: Windows): Reading[] {
  const added = during.map((longest, round) => longest - (without[round] ?? 0))
  const change = `one of ${scale.routes} routes changes`
  return [
    p99({ text: `${change}: in force (p99 of ${applied.length} changes)`, unit: 'ms', limit: 50 }, applied),
    middle({ text: `${change}: the longest call is longer by (median of ${added.length} rounds)`, unit: 'ms', limit: 10 }, added),
    middle({ text: 'longest call without changes (median)', unit: 'ms', limit: null }, without),
    middle({ text: 'longest call with changes (median)', unit: 'ms', limit: null }, during),
  ]
}

function middle(facts: Pick<Reading, 'text' | 'unit' | 'limit'>, samples: readonly number[]): Reading {
  return { ...facts, reached: median(samples), samples }
}

function manyRoutes(count: number): Routing {
  const upstreams = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`upstream-${n}`, { endpoints: [`10.1.${n}.1:8080`] }]))
  return { listeners: {}, upstreams, routes: Object.fromEntries(Array.from({ length: count }, (_, n) => route(n, '3s'))) }
}

/** Twenty to a host, with what routes usually have. */
function route(number: number, timeout: string): [string, JsonObject] {
  const name = `service-${Math.floor(number / 20)}-route-${number}`
  const host = `service-${Math.floor(number / 20)}.shop.internal`
  const match = { host, pathPrefix: `/api/v1/resource-${number}`, method: ['GET', 'POST'], headers: { 'x-tenant': 'acme' } }
  return [name, { name, match, forward: { upstream: `upstream-${number % 100}`, headers: { set: { 'x-route': name } } }, timeout }]
}
