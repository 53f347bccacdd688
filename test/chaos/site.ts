/**
 * A sidecar in front of one upstream that is well and one that may be ill, with short times, and what has to be true when all is over.
 */
import { expect } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { type Respond, startOrigin } from '../harness/origin.ts'
import { startTandem, type Tandem } from '../harness/tandem.ts'

/** Nothing may take longer than this: the time limits of the ill upstream, and what a busy machine adds. */
export const limitMs = 4_000

const hurried = 'timeout: { connect: 200ms, request: 300ms, idle: 250ms }'
/** Far beyond what any call takes that is not meant to run out of time, however busy the machine. */
const patient = 'timeout: { connect: 8s, request: 8s, idle: 8s }'

/** @param ill `host:port`. @param more YAML of further keys of the ill upstream. @param waits the fault shows only when time is up. */
export async function startSite(ill: string, more: string, waits: boolean): Promise<Tandem> {
  const well = await startOrigin()
  return startTandem(`
upstreams:
  well: { endpoints: ["${well.address}"], ${patient} }
  ill: { endpoints: ["${ill}"], ${waits ? hurried : patient}${more} }
routes:
  - { name: forward, match: { path: /forward }, forward: ill }
  - { name: split, match: { path: /split }, split: [{ upstream: ill, weight: 1 }] }
  - { name: mirror, match: { path: /mirror }, forward: well, mirror: [{ upstream: ill }, { upstream: ill, when: accepted, name: gated }] }
  - { name: fanout, match: { path: /fanout }, fanout: { to: [{ upstream: well }, { upstream: ill }] } }
`)
}

/** The same actions with nothing but well upstreams. @param respond how they answer. @param upgrading `host:port` of one for `/upgrade`. */
export async function startWellSite(respond: Respond, upgrading: string): Promise<Tandem> {
  const well = await startOrigin(respond)
  return startTandem(`
upstreams:
  well: { endpoints: ["${well.address}"], timeout: { connect: 8s, request: 800ms } }
  copy: { endpoints: ["${well.address}"], ${hurried} }
  upgrading: { endpoints: ["${upgrading}"], ${patient} }
routes:
  - { name: forward, match: { pathPrefix: /forward }, forward: well }
  - { name: split, match: { pathPrefix: /split }, split: [{ upstream: well }, { upstream: copy }] }
  - { name: mirror, match: { pathPrefix: /mirror }, forward: well, mirror: [{ upstream: copy }, { upstream: copy, when: accepted, name: gated }] }
  - { name: fanout, match: { pathPrefix: /fanout }, fanout: { to: [{ upstream: well }, { upstream: copy }] } }
  - { name: upgrade, match: { path: /upgrade }, forward: upgrading }
  - { name: alive, match: { path: /alive }, respond: {} }
`)
}

interface Figures {
  readonly name: string
  readonly bulkhead: Readonly<Record<'pending' | 'requests', { readonly used: number }>>
}

/** Which upstreams have calls in progress or waiting. */
export async function held({ admin }: Tandem): Promise<string[]> {
  const { body } = await httpCall(Number(new URL(admin).port), { path: '/upstreams' })
  return (JSON.parse(body) as Figures[]).flatMap(({ name, bulkhead }) =>
    (['pending', 'requests'] as const).filter((what) => bulkhead[what].used > 0).map((what) => `${name}: ${what}`),
  )
}

/** Connections of this process, which both ends of everything here belong to. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length
}

/**
 * Resolves when no upstream has a call in progress or waiting and, once the upstreams are taken out of the configuration, no socket is open any more.
 * @returns what the sidecar said of faults of its own.
 */
export async function idle(tandem: Tandem): Promise<string[]> {
  await expect.poll(() => held(tandem), { timeout: 5_000, interval: 20 }).toEqual([])
  await tandem.apply('routes: []')
  await expect.poll(openSockets, { timeout: 5_000, interval: 20 }).toBe(0)
  await tandem.sidecar.drain()
  return tandem.said.filter((line) => line.includes('fault'))
}
