import { expect, test } from 'vitest'
import { type Caller, type PushSite, startPush, until, upstream } from './site.ts'

const stateOf = (site: PushSite, node: string) => site.fleet.entries().find((entry) => entry.node === node)
const everybody = (site: PushSite, state: string) => until(() => site.fleet.entries().every((entry) => entry.state === state))

/** Three sidecars of one workload that serve port 1, and who of them is the canary for port 2. */
async function startTrial() {
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

test('a new version goes to one sidecar of the workload first', async () => {
  const { site, second, third, offered } = await startTrial()
  expect(site.push.figures.deltas).toBe(1)
  expect([second.received, third.received]).toEqual([[], []])
  expect(stateOf(site, 'n2')).toMatchObject({ state: 'pending', reason: `waits for the canary n1 to accept ${offered.version}` })
})

test('the others get it when the canary has accepted it and 2 s have passed', async () => {
  const { site, canary, second, third, offered } = await startTrial()
  canary.ack(offered)
  await until(() => stateOf(site, 'n1')?.state === 'current')
  site.clock.advance(1_999)
  expect(site.push.figures.deltas).toBe(1)
  expect(stateOf(site, 'n3')?.reason).toBe(`waits for ${offered.version} to settle on the canary n1`)
  site.clock.advance(1)
  await Promise.all([second.take('delta'), third.take('delta')])
  await everybody(site, 'current')
})

test('a nack stops it: the others keep what they have, and the reason is shown', async () => {
  const { site, canary, second, third, offered, served } = await startTrial()
  canary.nack(offered, 'no such thing')
  await until(() => stateOf(site, 'n1')?.state === 'nacked')
  site.clock.advance(20_000)
  expect(stateOf(site, 'n2')).toMatchObject({ version: served, state: 'pending' })
  expect(stateOf(site, 'n2')?.reason).toBe(`the canary n1 refused ${offered.version}: no such thing`)
  await Promise.all([second.next('heartbeat'), third.next('heartbeat')])
  expect(site.push.figures.deltas).toBe(1)
})

test('a newer version supersedes one that was refused, on the same canary', async () => {
  const { site, canary, second, offered, change } = await startTrial()
  canary.nack(offered, 'no')
  await until(() => stateOf(site, 'n1')?.state === 'nacked')
  change(3)
  const better = await canary.take('delta')
  expect(better.version).not.toBe(offered.version)
  await until(() => stateOf(site, 'n1')?.state === 'current')
  site.clock.advance(2_000)
  expect(await second.take('delta')).toMatchObject({ version: better.version })
})

test('a canary that leaves is replaced by another', async () => {
  const { site, canary, second, third, offered } = await startTrial()
  canary.session.destroy()
  expect(await second.take('delta')).toMatchObject({ version: offered.version })
  expect(stateOf(site, 'n3')?.reason).toContain('the canary n2')
  await until(() => stateOf(site, 'n2')?.state === 'current')
  site.clock.advance(2_000)
  expect(await third.take('delta')).toMatchObject({ version: offered.version })
})

test('what the canary serves already is taken back when the source takes it back', async () => {
  const { site, canary, second, third, offered, served, change } = await startTrial()
  canary.ack(offered)
  await until(() => stateOf(site, 'n1')?.state === 'current')
  change(1)
  expect(await canary.take('delta')).toMatchObject({ version: served })
  await everybody(site, 'current')
  expect([second.received, third.received]).toEqual([[], []])
})

test('a sidecar that starts during a trial gets what the others have', async () => {
  const { site, served } = await startTrial()
  const fresh = await site.join({ id: 'n4' })
  expect(await fresh.take('snapshot')).toMatchObject({ version: served })
  await until(() => stateOf(site, 'n4')?.version === served)
  expect(stateOf(site, 'n4')).toMatchObject({ state: 'pending' })
})

test('each workload has a canary of its own', async () => {
  const { site, canary, offered, others } = await startTrial()
  canary.nack(offered, 'not here')
  await until(() => stateOf(site, 'n1')?.state === 'nacked')
  const payment = await site.join({ id: 'p1', workload: 'payment' })
  await payment.take('snapshot')
  await until(() => stateOf(site, 'p1')?.state === 'current')
  site.change([...others, upstream('a', 2), upstream('b', 1, { workload: 'payment' })])
  await payment.take('delta')
  expect(stateOf(site, 'n2')?.state).toBe('pending')
})

test('a version that sidecars came with needs no trial', async () => {
  const site = await startPush('canary')
  site.publish([upstream('a')])
  const first = await site.join({ id: 'n1' })
  const { version } = await first.next('snapshot')
  const again = await startPush('canary')
  again.publish([upstream('a')])
  await again.join({ id: 'n1' }, version)
  const second = await again.join({ id: 'n2' })
  expect(await second.take('snapshot')).toMatchObject({ version })
})
