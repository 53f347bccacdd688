/**
 * Thousands of snapshots, valid and not, pushed to a sidecar over the real stream while it serves calls: each is taken or refused as the
 * rules of the language say, with a reason that names an object; what was good stays, in force and on disk; and no call fails.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ConfiguredRouting } from '../../../proxy/config/push/configured-routing.ts'
import type { Routing } from '../../../proxy/config/push/routing.ts'
import { LastGood } from '../../../proxy/discovery/last-good.ts'
import { atOnce } from '../../../proxy/runtime/steps.ts'
import { hostileRouting, namesAnObject } from '../../harness/hostile-routing.ts'
import { httpCall } from '../../harness/http-call.ts'
import { ownFile } from '../../harness/pushed-routing.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { App } from './app.ts'
import { Calls } from './calls.ts'
import { type Answer, Pusher } from './pusher.ts'
import { Sidecar } from './sidecar.ts'
import { type MeshVerdict, some } from './verdict.ts'

export interface SnapshotOptions {
  readonly snapshots: number
  /** At least so many calls are made meanwhile. */
  readonly calls: number
  readonly callsPerSecond: number
  readonly seed: number
}

const account = 'checkout'
const lookEvery = 50
const savedWithinMs = 10_000

interface Site {
  readonly folder: string
  readonly app: App
  readonly appAddress: string
  readonly pusher: Pusher
  readonly sidecar: Sidecar
}

interface Outcome {
  readonly wrong: string[]
  acks: number
  nacks: number
  /** The version that was acknowledged last. */
  good: string
}

export async function snapshots(options: SnapshotOptions): Promise<MeshVerdict> {
  const site = await start(options.seed)
  const way = { caller: account, callee: 'app', port: site.sidecar.port, host: 'steady.test' }
  const calls = new Calls([way], options.callsPerSecond, new SeededRandom(options.seed + 1))
  const over = new AbortController()
  try {
    const load = calls.run(over.signal)
    const outcome = await pushAll(site, calls, options)
    while (calls.total < options.calls) await wait(100)
    over.abort()
    await load
    return { facts: facts(outcome, calls), wrong: [...outcome.wrong, ...failures(calls), ...(await kept(site, outcome))] }
  } finally {
    over.abort()
    await stop(site)
  }
}

async function start(seed: number): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-snapshots-'))
  const app = new App(new SeededRandom(seed))
  const appAddress = await app.listen()
  const pusher = await Pusher.start(join(folder, 'state'))
  const settings = { account, token: await pusher.token(account), ...pusher.access }
  const sidecar = await Sidecar.prepare(join(folder, account), settings)
  const [answer] = await Promise.all([pusher.push(withSteady(nothing, appAddress)), sidecar.start()])
  if (answer.kind !== 'ack') throw new Error(`the first snapshot was not taken: ${JSON.stringify(answer)}`)
  return { folder, app, appAddress, pusher, sidecar }
}

async function stop({ folder, app, pusher, sidecar }: Site): Promise<void> {
  await sidecar.program.kill()
  await pusher.stop()
  app.close()
  await rm(folder, { recursive: true, force: true })
}

/** A busy machine lets calls pile up, which is no fault of the sidecar. */
const bulkhead = { connections: 128, pending: 10_000, requests: 20_000 }
const nothing: Routing = { listeners: {}, upstreams: {}, routes: {} }

/** With the objects that the calls go by: they stand in every snapshot, so that what is kept shows. */
function withSteady({ listeners, upstreams, routes }: Routing, app: string): Routing {
  const steady = { match: { host: 'steady.test', path: '/soak' }, name: 'steady', forward: 'steady' }
  return { listeners, upstreams: { ...upstreams, steady: { endpoints: [app], bulkhead } }, routes: { ...routes, steady } }
}

/** Pushes as calls are made, so that there are some between any two snapshots. */
async function pushAll(site: Site, calls: Calls, options: SnapshotOptions): Promise<Outcome> {
  const outcome: Outcome = { wrong: [], acks: 0, nacks: 0, good: '' }
  const judge = ConfiguredRouting.of(ownFile())
  for (let round = 0; round < options.snapshots; round++) {
    while (calls.total < (round * options.calls) / options.snapshots) await wait(2)
    const random = new SeededRandom(options.seed * options.snapshots + round)
    // As it comes out of the stream: JSON knows no -0.
    const routing = JSON.parse(JSON.stringify(withSteady(hostileRouting(random), site.appAddress))) as Routing
    note(outcome, await site.pusher.push(routing), atOnce(judge.withPushed('expected', routing)).ok, round)
    if (round % lookEvery === 0 && (await inForce(site)) !== outcome.good)
      outcome.wrong.push(`round ${round}: ${await inForce(site)} is in force, not ${outcome.good}`)
  }
  return outcome
}

function note(outcome: Outcome, answer: Answer, valid: boolean, round: number): void {
  switch (answer.kind) {
    case 'ack':
      outcome.acks++
      outcome.good = answer.version
      if (!valid) outcome.wrong.push(`round ${round}: an invalid snapshot was taken`)
      return
    case 'nack':
      outcome.nacks++
      if (valid) outcome.wrong.push(`round ${round}: a valid snapshot was refused: ${answer.reason}`)
      if (!namesAnObject(answer.reason)) outcome.wrong.push(`round ${round}: the reason names no object: ${answer.reason}`)
      return
    case 'lost':
      outcome.wrong.push(`round ${round}: the sidecar ended the stream`)
      return
    default:
      answer satisfies never
  }
}

async function inForce({ sidecar }: Site): Promise<string> {
  const { body } = await httpCall(sidecar.admin, { path: '/config', headers: { host: 'localhost' } })
  return (JSON.parse(body) as { readonly version: string }).version
}

/** What was good last is on disk, and served by the next life. */
async function kept(site: Site, { good }: Outcome): Promise<string[]> {
  const { sidecar } = site
  const lastGood = new LastGood(sidecar.lastGood, { namespace: 'shop', workload: account })
  const onDisk = async () => {
    const loaded = await lastGood.load()
    return loaded.kind === 'loaded' ? loaded.kept.version : JSON.stringify(loaded)
  }
  for (const last = Date.now() + savedWithinMs; (await onDisk()) !== good && Date.now() < last;) await wait(20)
  if ((await onDisk()) !== good) return [`${await onDisk()} is on disk, not ${good}`]
  await sidecar.program.kill()
  await sidecar.program.start()
  const version = await inForce(site)
  const faults = sidecar.program.lines.filter((line) => line.includes('internal fault'))
  return version === good ? faults : [...faults, `it came back with ${version}, not with ${good}`]
}

function failures({ failures: failed }: Calls): string[] {
  return some(failed.map(({ began, ended, reason }) => `${new Date(began).toISOString()}, ${ended - began} ms: ${reason}`))
}

function facts({ acks, nacks }: Outcome, calls: Calls): string[] {
  return [
    `${acks + nacks} snapshots: ${acks} taken, ${nacks} refused with a reason`,
    `${calls.total} calls meanwhile, ${calls.failures.length} failed, the slowest took ${calls.slowestMs} ms`,
  ]
}
