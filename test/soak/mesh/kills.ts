/**
 * Every program of the mesh is killed at random moments under load, alone and together with others, also within its start:
 * nothing is lost but the calls within it, and everybody comes back to where the others are.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { Operator } from './operator.ts'
import { Outages } from './outages.ts'
import type { Program } from './program.ts'
import { lostOrDamaged } from './remains.ts'
import { MeshSite } from './site.ts'
import { type MeshVerdict, some, trafficFacts } from './verdict.ts'

export interface KillOptions {
  /** Of a certificate, as the configuration writes it: longer than a control plane may be away. */
  readonly ttl: string
  readonly callsPerSecond: number
  readonly seed: number
  /** Ends it. @param kills so far. */
  readonly enough: (kills: number) => boolean
}

const longestPeaceMs = 1_500
const longestDownMs = 300
const longestStartMs = 700
const currentWithinMs = 30_000

/** A program, and what makes it whole again. */
interface Victim {
  readonly program: Program
  readonly revive: () => Promise<void>
}

export async function kills({ ttl, callsPerSecond, seed, enough }: KillOptions): Promise<MeshVerdict> {
  const site = await MeshSite.start({ authority: `{ ttl: ${ttl} }`, callsPerSecond, seed })
  try {
    const bundle = await readFile(site.controlPlane.access.trustBundle, 'utf8')
    const [operator, outages, over] = [new Operator(site.controlPlane, site.addresses), new Outages(), new AbortController()]
    const busy = Promise.all([site.calls.run(over.signal), operator.run(over.signal)])
    const random = new SeededRandom(seed)
    while (!enough(outages.count)) await strike(victimsIn(site), outages, random)
    over.abort()
    await busy
    const behind = await laggards(site)
    return {
      facts: facts(site, operator, outages),
      wrong: [...behind, ...unexcused(site, outages), ...(await lostOrDamaged(site, operator, bundle))],
    }
  } finally {
    await site.stop()
  }
}

function victimsIn({ controlPlane, sidecars }: MeshSite): Victim[] {
  const others = [...sidecars.values()].map((sidecar) => ({ program: sidecar.program, revive: () => sidecar.start() }))
  return [{ program: controlPlane.program, revive: () => controlPlane.program.start() }, ...others]
}

async function strike(victims: readonly Victim[], outages: Outages, random: SeededRandom): Promise<void> {
  const first = random.pick(victims)
  const second = random.pick(victims)
  const struck = random.chance(70) || first === second ? [first] : [first, second]
  await Promise.all(struck.map((victim) => killAndRevive(victim, outages, random)))
  await wait(random.below(longestPeaceMs))
}

async function killAndRevive({ program, revive }: Victim, outages: Outages, random: SeededRandom): Promise<void> {
  const over = outages.begin(program.name)
  await program.kill()
  await wait(random.below(longestDownMs))
  while (random.chance(25)) {
    const started = program.start().catch(() => undefined)
    await wait(random.below(longestStartMs))
    await program.kill()
    await started
  }
  await revive()
  over()
}

/** @returns who does not get to the newest version. */
async function laggards({ controlPlane, sidecars }: MeshSite): Promise<string[]> {
  const last = Date.now() + currentWithinMs
  for (;;) {
    const fleet = await controlPlane.fleet()
    const behind = [...sidecars.keys()].filter(
      (account) => !fleet.some(({ workload, state }) => workload === account && state === 'current'),
    )
    if (behind.length === 0) return []
    if (Date.now() > last) return behind.map((account) => `${account} is not current: ${JSON.stringify(fleet)}`)
    await wait(100)
  }
}

function unexcused({ calls }: MeshSite, outages: Outages): string[] {
  const inexcusable = calls.failures.filter((failure) => !outages.excuse(failure))
  return some(
    inexcusable.map(
      ({ caller, callee, began, ended, reason }) =>
        `${new Date(began).toISOString()} ${caller} to ${callee}, ${ended - began} ms: ${reason}`,
    ),
  )
}

function facts(site: MeshSite, { edition, tokens }: Operator, outages: Outages): string[] {
  return [
    `${outages.count} kills: ${outages.summary()}; ${site.calls.failures.filter((failure) => outages.excuse(failure)).length} calls failed within them`,
    `${edition} edits, ${tokens.size} join tokens made and kept`,
    ...trafficFacts(site),
  ]
}
