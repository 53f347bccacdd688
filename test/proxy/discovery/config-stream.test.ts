import { expect, test } from 'vitest'
import { routingVersion } from '../../../proxy/config/push/routing-version.ts'
import type { ApplyOutcome } from '../../../proxy/discovery/pushed-routing.ts'
import { until } from '../../control-plane/push/site.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { digested } from '../../harness/pushed-routing.ts'
import { ControlPlaneSite, lastGoodPath, node, prepareSidecar, routing, type SidecarOptions } from './site.ts'

async function start(options: SidecarOptions = {}) {
  const controlPlane = new ControlPlaneSite()
  await controlPlane.start()
  const sidecar = await prepareSidecar(() => controlPlane.url, options)
  await sidecar.stream.start()
  return { controlPlane, ...sidecar }
}

/** Moves the clock until the next stream is there. */
async function reconnected({ controlPlane, stream, clock }: Awaited<ReturnType<typeof start>>) {
  await until(() => stream.state.kind === 'waiting')
  clock.advance(10_000)
  return controlPlane.accepted()
}

test('it says who it is, and that it has nothing', async () => {
  const { controlPlane, stream } = await start()
  const { hello } = await controlPlane.accepted()
  expect(hello).toEqual({ type: 'hello', node, version: null, status: { problem: 'as told' } })
  expect(stream.notReady()).toBe('no routing yet: waiting for the control plane')
  await until(() => stream.state.kind === 'connected')
})

test('a snapshot is applied, acknowledged and kept on disk', async () => {
  const { controlPlane, stream, applied, lastGood } = await start()
  const { stream: accepted } = await controlPlane.accepted()
  const version = accepted.snapshot(routing({ a: 1 }), 'n7')
  expect(await accepted.next('ack')).toEqual({ type: 'ack', version, nonce: 'n7' })
  expect(applied).toEqual([routing({ a: 1 })])
  expect([stream.version, stream.notReady(), stream.problem()]).toEqual([version, undefined, undefined])
  await lastGood.settled()
  expect(await lastGood.load()).toMatchObject({ kind: 'loaded', kept: { version } })
})

test('a delta changes what it names, and leaves the other objects the very same', async () => {
  const { controlPlane, applied } = await start()
  const { stream: accepted } = await controlPlane.accepted()
  const base = accepted.snapshot(routing({ a: 1, b: 1, c: 1 }))
  await accepted.next('ack')
  const version = routingVersion(routing({ a: 1, b: 2 }))
  const set = { listeners: {}, routes: {}, upstreams: { b: { endpoints: ['10.0.0.1:2'] } } }
  accepted.say({ type: 'delta', base, version, nonce: '2', set, remove: { listeners: [], upstreams: ['c'], routes: [] } })
  expect(await accepted.next('ack')).toMatchObject({ version })
  expect(applied[1]).toEqual(routing({ a: 1, b: 2 }))
  expect(applied[1]?.upstreams.a).toBe(applied[0]?.upstreams.a)
})

test('what cannot be applied is refused with the reason, and the last good one stays', async () => {
  const apply = (one: { upstreams: object }): Promise<ApplyOutcome> =>
    Promise.resolve('bad' in one.upstreams ? { ok: false, reason: 'routes[0]: no such upstream' } : { ok: true })
  const { controlPlane, stream, lastGood, said } = await start({ apply })
  const { stream: accepted } = await controlPlane.accepted()
  const good = accepted.snapshot(routing({ a: 1 }))
  await accepted.next('ack')
  const bad = accepted.snapshot(routing({ bad: 1 }), '2')
  expect(await accepted.next('nack')).toEqual({ type: 'nack', version: bad, nonce: '2', reason: 'routes[0]: no such upstream' })
  expect(stream.version).toBe(good)
  expect(stream.problem()).toContain('no such upstream')
  expect(said.join('')).toContain('the old one stays')
  await until(() => lastGood.problem() === undefined)
  const next = accepted.snapshot(routing({ a: 2 }), '3')
  expect(await accepted.next('ack')).toMatchObject({ version: next })
  expect(stream.problem()).toBeUndefined()
})

test('an apply that throws is a refusal too', async () => {
  const { controlPlane } = await start({ apply: () => Promise.reject(new Error('disk full')) })
  const { stream: accepted } = await controlPlane.accepted()
  accepted.snapshot(routing({ a: 1 }))
  expect(await accepted.next('nack')).toMatchObject({ reason: 'disk full' })
})

test('one is applied at a time, and of those that come meanwhile the newest', async () => {
  const finish: (() => void)[] = []
  const apply = () => new Promise<ApplyOutcome>((resolve) => finish.push(() => resolve({ ok: true })))
  const { controlPlane, applied, bundles } = await start({ apply })
  const { stream: accepted } = await controlPlane.accepted()
  accepted.snapshot(routing({ a: 1 }), '1')
  await until(() => finish.length === 1)
  for (let port = 2; port <= 5; port++) accepted.snapshot(routing({ a: port }), String(port))
  accepted.say({ type: 'trustBundle', pem: 'all snapshots have come' })
  await until(() => bundles.length === 1)
  expect(finish).toHaveLength(1)
  finish[0]?.()
  expect(await accepted.next('ack')).toMatchObject({ nonce: '1' })
  await until(() => finish.length === 2)
  finish[1]?.()
  expect(await accepted.next('ack')).toMatchObject({ nonce: '5' })
  expect(applied).toEqual([routing({ a: 1 }), routing({ a: 5 })])
})

test('content that does not have the announced version is not applied: it asks for everything anew', async () => {
  const site = await start()
  const { stream: accepted } = await site.controlPlane.accepted()
  const version = accepted.snapshot(routing({ a: 1 }))
  await accepted.next('ack')
  accepted.say({ type: 'snapshot', version: 'f'.repeat(16), nonce: '2', routing: { listeners: {}, upstreams: {}, routes: {} } })
  await accepted.closed
  const { hello, stream: again } = await reconnected(site)
  expect(hello.version).toBeNull()
  expect([site.stream.version, site.applied.length]).toEqual([version, 1])
  again.snapshot(routing({ a: 1 }))
  expect(await again.next('ack')).toMatchObject({ version })
  expect(site.applied).toHaveLength(1)
})

test('a change to something that it does not have makes it ask for everything', async () => {
  const site = await start()
  const { stream: accepted } = await site.controlPlane.accepted()
  const nothing = { listeners: {}, upstreams: {}, routes: {} }
  accepted.say({ type: 'delta', base: 'a', version: 'b', nonce: '1', set: nothing, remove: { listeners: [], upstreams: [], routes: [] } })
  expect((await reconnected(site)).hello.version).toBeNull()
})

test('after a lost connection it comes back with the version that it has', async () => {
  const site = await start()
  const { stream: accepted } = await site.controlPlane.accepted()
  const version = accepted.snapshot(routing({ a: 1 }))
  await accepted.next('ack')
  accepted.duplex.destroy()
  await until(() => site.stream.state.kind === 'waiting')
  expect(site.stream.notReady()).toBeUndefined()
  expect((await reconnected(site)).hello.version).toBe(version)
})

test('it keeps trying with growing delays while there is no control plane', async () => {
  const site = await start()
  const { stream: accepted } = await site.controlPlane.accepted()
  accepted.duplex.end()
  await site.controlPlane.close()
  const delays: number[] = []
  for (let failure = 0; failure < 8; failure++) {
    await until(() => site.stream.state.kind === 'waiting' && site.clock.pending === 1)
    let delay = 0
    while (site.stream.state.kind === 'waiting') {
      site.clock.advance(250)
      delay += 250
    }
    delays.push(delay)
  }
  expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  expect(site.stream.notReady()).toContain('ECONNREFUSED')
})

test('after a stable minute the first delay is short again', async () => {
  const site = await start()
  const { stream: first } = await site.controlPlane.accepted()
  first.duplex.destroy()
  const { stream: second } = await reconnected(site)
  await until(() => site.stream.state.kind === 'connected')
  for (let beat = 0; beat < 6; beat++) {
    second.say({ type: 'heartbeat' })
    second.say({ type: 'trustBundle', pem: String(beat) })
    await until(() => site.bundles.length === beat + 1)
    site.clock.advance(10_000)
  }
  second.duplex.destroy()
  await until(() => site.stream.state.kind === 'waiting')
  site.clock.advance(250)
  expect((await site.controlPlane.accepted()).hello.version).toBeNull()
})

test('heartbeats carry the status; a control plane that is silent for three of them is left', async () => {
  const site = await start()
  const { stream: accepted } = await site.controlPlane.accepted()
  await until(() => site.stream.state.kind === 'connected')
  site.clock.advance(10_000)
  expect(await accepted.next('heartbeat')).toEqual({ type: 'heartbeat', status: { problem: 'as told' } })
  site.clock.advance(20_000)
  await accepted.closed
  expect(site.stream.lastError).toContain('nothing was heard for 30 s')
})

test('a trust bundle goes to the identity', async () => {
  const { controlPlane, bundles } = await start()
  const { stream: accepted } = await controlPlane.accepted()
  accepted.say({ type: 'trustBundle', pem: 'two roots' })
  await until(() => bundles.length === 1)
  expect(bundles).toEqual(['two roots'])
})

test('garbage from the control plane ends the stream, and nothing else', async () => {
  const site = await start()
  let { stream: accepted } = await site.controlPlane.accepted()
  const version = accepted.snapshot(routing({ a: 1 }))
  await accepted.next('ack')
  for (const garbage of ['no JSON\n', '{"type":"hello"}\n', Buffer.from([0xff, 0x0a]), 'null\n', '{"type":"snapshot","version":1}\n']) {
    accepted.write(garbage)
    await accepted.closed
    ;({ stream: accepted } = await reconnected(site))
  }
  expect(site.stream.version).toBe(version)
  expect(site.stream.lastError).toContain('not understood')
})

test('a token that is refused is the reason why there is no routing', async () => {
  const { stream } = await start({ token: 'wrong' })
  await until(() => stream.state.kind === 'waiting')
  expect(stream.notReady()).toBe('no routing yet: the control plane refused (401): no such token')
})

test('a refusal by a control plane whose clock differs names the clock, and the identity hears of it', async () => {
  const { stream, refusals } = await start({ token: 'wrong', clock: new ManualClock(Date.now() + 600_000) })
  await until(() => stream.state.kind === 'waiting')
  expect(stream.problem()).toMatch(
    /refused \(401\): no such token \(this machine's clock is (?:10 min \d s|9 min 59 s) ahead of the control plane's\)/,
  )
  expect(refusals).toEqual(['certificate'])
})

test('a clock that differs from that of the control plane is said', async () => {
  const { stream, said } = await start({ clock: new ManualClock(Date.now() + 600_000) })
  await until(() => stream.state.kind === 'connected')
  expect(stream.problem()).toContain('ahead of')
  expect(said.join('')).toContain('clocks differ')
})

test('with the control plane down it serves the last good routing at once', async () => {
  const lastGood = await lastGoodPath()
  const before = await start({ lastGood })
  const { stream: accepted } = await before.controlPlane.accepted()
  const version = accepted.snapshot(routing({ a: 1 }))
  await accepted.next('ack')
  await before.stream.close()
  const after = await prepareSidecar(() => 'https://127.0.0.1:1', { lastGood })
  await after.stream.start()
  expect(after.applied).toEqual([routing({ a: 1 })])
  expect([after.stream.version, after.stream.notReady()]).toEqual([version, undefined])
})

test('a last good routing that cannot be applied is said, and is no reason to stop trying', async () => {
  const lastGood = await lastGoodPath()
  const first = await prepareSidecar(() => 'https://127.0.0.1:1', { lastGood })
  await first.lastGood.save(digested(routing({ a: 1 })))
  const site = await start({ lastGood, apply: () => Promise.resolve({ ok: false, reason: 'port taken' }) })
  expect(site.stream.notReady()).toContain('port taken')
  expect((await site.controlPlane.accepted()).hello.version).toBeNull()
})

test('after close it does not come back', async () => {
  const site = await start()
  const { stream: accepted } = await site.controlPlane.accepted()
  await site.stream.close()
  await accepted.closed
  expect(site.stream.state).toEqual({ kind: 'stopped' })
  expect(site.clock.pending).toBe(0)
})
