/**
 * A version on trial: three sidecars of one workload, of whom the first, the canary, was just offered it.
 */
import { type Caller, type PushSite, startPush, until, upstream } from './site.ts'

export const stateOf = (site: PushSite, node: string) => site.fleet.entries().find((entry) => entry.node === node)
export const everybody = (site: PushSite, state: string) => until(() => site.fleet.entries().every((entry) => entry.state === state))

/** Three sidecars of one workload that serve port 1, and who of them is the canary for port 2. */
export async function startTrial() {
  const site = await startPush('canary')
  const others = ['u', 'v', 'w'].map((name) => upstream(name))
  site.publish([...others, upstream('a', 1)])
  const nodes = ['n1', 'n2', 'n3']
  const callers: Caller[] = []
  for (const id of nodes) {
    const caller = await site.join({ id })
    if (callers.length === 0) {
      await caller.take('snapshot')
      await until(() => stateOf(site, 'n1')?.state === 'current')
      site.clock.advance(2_000)
    } else await caller.take('snapshot')
    callers.push(caller)
  }
  await everybody(site, 'current')
  const served = stateOf(site, 'n1')?.version as string
  const change = (port: number) => site.change([...others, upstream('a', port)])
  change(2)
  const [canary, second, third] = callers as [Caller, Caller, Caller]
  const offered = await canary.next('delta')
  return { site, canary, second, third, offered, served, change, others }
}
