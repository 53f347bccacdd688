/**
 * A sidecar in front of one upstream that is well and one that may be ill, with short times, and what has to be true when all is over.
 */
import { request } from 'undici'
import { expect } from 'vitest'
import { startOrigin } from '../harness/origin.ts'
import { startTandem, type Tandem } from '../harness/tandem.ts'

/** Nothing may take longer than this: the longest time limit, and what a busy machine adds. */
export const limitMs = 2_500

const times = 'timeout: { connect: 200ms, request: 300ms, idle: 250ms }'

/** @param ill `host:port`. @param more YAML of further keys of the ill upstream. */
export async function startSite(ill: string, more = ''): Promise<Tandem> {
  const well = await startOrigin()
  return startTandem(`
upstreams:
  well: { endpoints: ["${well.address}"], timeout: { connect: 2s, request: 2s, idle: 250ms } }
  ill: { endpoints: ["${ill}"], ${times}${more} }
routes:
  - { name: forward, match: { path: /forward }, forward: ill }
  - { name: split, match: { path: /split }, split: [{ upstream: ill, weight: 1 }] }
  - { name: mirror, match: { path: /mirror }, forward: well, mirror: [{ upstream: ill }, { upstream: ill, when: accepted, name: gated }] }
  - { name: fanout, match: { path: /fanout }, fanout: { to: [{ upstream: well }, { upstream: ill }] } }
`)
}

interface Figures {
  readonly name: string
  readonly bulkhead: Readonly<Record<'connections' | 'pending' | 'requests', { readonly used: number }>>
}

async function held(admin: string): Promise<string[]> {
  const { body } = await request(`${admin}/upstreams`)
  return ((await body.json()) as Figures[]).flatMap(({ name, bulkhead }) =>
    (['connections', 'pending', 'requests'] as const).filter((what) => bulkhead[what].used > 0).map((what) => `${name}: ${what}`),
  )
}

/** Resolves when no upstream has a connection, a waiting call or a call in progress any more, and nothing went wrong inside. */
export async function expectIdle({ admin, said, sidecar }: Tandem): Promise<void> {
  await expect.poll(() => held(admin), { timeout: 5_000, interval: 20 }).toEqual([])
  await sidecar.drain()
  expect(said.filter((line) => line.includes('fault'))).toEqual([])
}
