import { expect, test } from 'vitest'
import { type Caller, type PushSite, startPush, until, upstream } from './site.ts'
import { everybody, startTrial, stateOf } from './trial-site.ts'

test('a canary that leaves in order is replaced by another at once', async () => {
  const { site, canary, second, third, offered } = await startTrial()
  canary.stream.end()
  expect(await second.take('delta')).toMatchObject({ version: offered.version })
  expect(stateOf(site, 'n3')?.reason).toContain('the canary n2')
  await until(() => stateOf(site, 'n2')?.state === 'current')
  site.clock.advance(2_000)
  expect(await third.take('delta')).toMatchObject({ version: offered.version })
})

test('so is one that leaves while the version settles', async () => {
  const { site, canary, second, third, offered } = await startTrial()
  canary.ack(offered)
  await until(() => stateOf(site, 'n1')?.state === 'current')
  canary.stream.end()
  await second.take('delta')
  site.clock.advance(1_999)
  expect(third.received).toEqual([])
})

test('a canary whose connection breaks off before it answered is waited for: the version may have been its end', async () => {
  const { site, canary, second, third, offered } = await startTrial()
  canary.session.destroy()
  await until(() => stateOf(site, 'n1')?.state === 'disconnected')
  site.clock.advance(19_999)
  expect([second.received, third.received].flat().filter(({ type }) => type !== 'heartbeat')).toEqual([])
  expect(stateOf(site, 'n2')?.reason).toBe(`waits for the canary n1, whose connection broke off while it tried ${offered.version}`)
})

test('back with what it had before, it is tried again, and nobody else', async () => {
  const { site, canary, second, third, offered, served } = await startTrial()
  canary.session.destroy()
  await until(() => stateOf(site, 'n1')?.state === 'disconnected')
  const back = await site.join({ id: 'n1' }, served)
  expect((await back.take('delta')).version).toBe(offered.version)
  await until(() => stateOf(site, 'n1')?.state === 'current')
  site.clock.advance(1_999)
  expect([second.received, third.received]).toEqual([[], []])
  site.clock.advance(1)
  await Promise.all([second.take('delta'), third.take('delta')])
  await everybody(site, 'current')
})

test('back with the new version, it has to settle like any other', async () => {
  const { site, canary, second, third, offered } = await startTrial()
  canary.ack(offered)
  await until(() => stateOf(site, 'n1')?.state === 'current')
  canary.session.destroy()
  await until(() => stateOf(site, 'n1')?.state === 'disconnected')
  await site.join({ id: 'n1' }, offered.version)
  site.clock.advance(1_999)
  expect([second.received, third.received]).toEqual([[], []])
  site.clock.advance(1)
  await Promise.all([second.take('delta'), third.take('delta')])
})

test('one that connects anew before its old connection is known to be dead goes on being the canary', async () => {
  const { site, canary, second, third, offered, served } = await startTrial()
  const back = await site.join({ id: 'n1' }, served)
  canary.session.destroy()
  expect((await back.take('delta')).version).toBe(offered.version)
  await until(() => site.fleet.counts().current === 1)
  expect([second.received, third.received]).toEqual([[], []])
})

/** Says that it lives; resolves when the control plane has heard it. */
async function beat(site: PushSite, caller: Caller, node: string): Promise<void> {
  const certificateNotAfter = new Date(site.clock.wall()).toISOString()
  caller.send({ type: 'heartbeat', status: { certificateNotAfter } })
  await until(() => stateOf(site, node)?.certificateNotAfter === certificateNotAfter)
}

test('the second canary that breaks off and stays away stops it, until there is something else', async () => {
  const { site, canary, second, third, offered, served, change } = await startTrial()
  canary.session.destroy()
  await until(() => stateOf(site, 'n1')?.state === 'disconnected')
  site.clock.advance(20_000)
  expect(stateOf(site, 'n3')?.reason).toBe(`waits for the canary n2 to accept ${offered.version}`)
  await beat(site, third, 'n3')
  second.session.destroy()
  await until(() => stateOf(site, 'n2')?.state === 'disconnected')
  site.clock.advance(20_000)
  expect(stateOf(site, 'n3')).toMatchObject({ version: served, state: 'pending' })
  expect(stateOf(site, 'n3')?.reason).toBe(`the canaries n1 and n2 broke off while they tried ${offered.version}`)
  await beat(site, third, 'n3')
  change(3)
  while (third.received.shift()?.type !== 'delta') await until(() => third.received.length > 0)
})

test('a control plane that ends gives nobody what is still on trial', async () => {
  const { site, canary, second, third, offered } = await startTrial()
  canary.ack(offered)
  await until(() => stateOf(site, 'n1')?.state === 'current')
  const ended = [canary, second, third].map(({ stream }) => new Promise((resolve) => stream.once('end', resolve)))
  site.push.close()
  await Promise.all(ended)
  expect([second.received, third.received]).toEqual([[], []])
})

test('a sidecar that starts during a trial gets what the others have', async () => {
  const { site, served } = await startTrial()
  const fresh = await site.join({ id: 'n4' })
  expect(await fresh.take('snapshot')).toMatchObject({ version: served })
  await until(() => stateOf(site, 'n4')?.version === served)
  expect(stateOf(site, 'n4')).toMatchObject({ state: 'pending' })
})

test('so does one with labels that nobody had before', async () => {
  const { site, canary, offered, served } = await startTrial()
  canary.nack(offered, 'no')
  await until(() => stateOf(site, 'n1')?.state === 'nacked')
  const fresh = await site.join({ id: 'n4', labels: { revision: '7' } })
  expect(await fresh.take('snapshot')).toMatchObject({ version: served })
})

test('one that has nothing gets what a canary refused when there is nothing else, and may refuse it too', async () => {
  const site = await startPush('canary')
  site.publish([upstream('a', 1)])
  const canary = await site.join({ id: 'n1' }, 'before')
  canary.nack(await canary.next('snapshot'), 'no')
  await until(() => stateOf(site, 'n1')?.state === 'nacked')
  const older = await site.join({ id: 'n2' }, 'before')
  const fresh = await site.join({ id: 'n3' })
  await fresh.take('snapshot')
  await until(() => stateOf(site, 'n3')?.state === 'current')
  expect(older.received).toEqual([])
  expect(stateOf(site, 'n2')).toMatchObject({ state: 'pending', version: 'before' })
})
