/**
 * The root of the mesh is changed under load: no call fails while both are trusted, nor when the old one is gone; and then it is gone.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setInterval, setTimeout as wait } from 'node:timers/promises'
import { splitPem } from '../../../proxy/svid/pem.ts'
import { TestAuthority } from '../../harness/mesh-identity.ts'
import { knock } from '../../harness/tls-knock.ts'
import { Operator } from './operator.ts'
import { MeshSite } from './site.ts'
import { certificatesUsedTooLong, type MeshVerdict, trafficFacts, unblemished } from './verdict.ts'

export interface RootChangeOptions {
  /** Of a certificate, and how long the new root is trusted before it signs; as the configuration writes them. */
  readonly ttl: string
  readonly overlap: string
  readonly callsPerSecond: number
  readonly seed: number
  /** Whether to wait until the old root is trusted no more: the longest life of a certificate and a minute after the new one signs. */
  readonly toTheEnd: boolean
}

/** Of load before the change and after it. */
const calmMs = 3_000
const lookEveryMs = 250

/** What the change has come to. */
type Stage = 'both trusted' | 'new one signs' | 'old one gone'

export async function rootChange({ ttl, overlap, callsPerSecond, seed, toTheEnd }: RootChangeOptions): Promise<MeshVerdict> {
  const site = await MeshSite.start({ authority: `{ ttl: ${ttl}, overlap: ${overlap} }`, callsPerSecond, seed })
  try {
    const over = new AbortController()
    const operator = new Operator(site.controlPlane, site.addresses)
    const busy = Promise.all([site.calls.run(over.signal), operator.edit(over.signal)])
    await wait(calmMs)
    const began = Date.now()
    const old = await ownRoot(site)
    await site.controlPlane.rotate()
    const stages = await follow(site, toTheEnd ? 'old one gone' : 'new one signs')
    await everybodyRenewed(site, stages)
    over.abort()
    await busy
    const wrong = [...unblemished(site), ...certificatesUsedTooLong(site), ...(toTheEnd ? await stillTrusted(site, old) : [])]
    const times = [...stages].map(([stage, at]) => `${stage} after ${Math.round((at - began) / 1000)} s`)
    return { facts: [times.join(', '), ...trafficFacts(site)], wrong }
  } finally {
    await site.stop()
  }
}

/** With its key, as it stands in the state folder. */
async function ownRoot({ controlPlane }: MeshSite): Promise<TestAuthority> {
  const state = JSON.parse(await readFile(join(controlPlane.state, 'authority.json'), 'utf8')) as { current: { cert: string; key: string } }
  return TestAuthority.of(state.current.cert, state.current.key)
}

/** @returns when each stage was seen first. */
async function follow({ controlPlane, witness, addresses }: MeshSite, last: Stage): Promise<Map<Stage, number>> {
  const stages = new Map<Stage, number>()
  for await (const _ of setInterval(lookEveryMs)) {
    witness.hold(addresses.a)
    const stage = stageOf(await controlPlane.certificates())
    if (!stages.has(stage)) stages.set(stage, Date.now())
    if (stages.has(last)) return stages
  }
  return stages
}

function stageOf(certificates: readonly { readonly role: string; readonly signsFrom?: string | undefined }[]): Stage {
  if (certificates.some(({ signsFrom }) => signsFrom !== undefined)) return 'both trusted'
  return certificates.length > 1 ? 'new one signs' : 'old one gone'
}

/** Until callers have shown certificates that they did not have when the last stage was reached. */
async function everybodyRenewed({ witness }: MeshSite, stages: ReadonlyMap<Stage, number>): Promise<void> {
  const since = Math.max(...stages.values())
  const before = witness.ends.size
  for await (const _ of setInterval(lookEveryMs)) if (witness.ends.size >= before + 2 && Date.now() > since + calmMs) return
}

/**
 * A certificate of the old root, made now and good in every other way, must open no door, and the log has to say why.
 * @returns those that it opens.
 */
async function stillTrusted({ addresses, controlPlane, sidecars }: MeshSite, old: TestAuthority): Promise<string[]> {
  const stranger = await old.issue('caller-1')
  const opened: string[] = []
  for (const account of ['a', 'b'] as const) {
    if ((await knock(addresses[account], stranger)) === 'let in') opened.push(`${account} still trusts the old root`)
    await sidecars.get(account)?.program.said('does not lead to a root of the trust bundle')
  }
  const roots = splitPem(await readFile(controlPlane.access.trustBundle, 'utf8'))
  return roots.length === 1 ? opened : [...opened, `ca.pem has ${roots.length} roots`]
}
