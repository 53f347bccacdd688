import { expect, test } from 'vitest'
import { emptyRouting } from '../../../proxy/config/push/routing.ts'
import { routingVersion } from '../../../proxy/config/push/routing-version.ts'
import { changed } from '../../harness/pushed-routing.ts'
import { startPush, until, upstream } from './site.ts'

const state = (site: Awaited<ReturnType<typeof startPush>>) => site.fleet.entries().map((entry) => entry.state)

test('a sidecar without anything gets a snapshot whose version is the digest of its routing', async () => {
  const site = await startPush()
  site.publish([upstream('a')])
  const sidecar = await site.join()
  const { version, routing } = await sidecar.next('snapshot')
  expect(routing.upstreams).toEqual({ a: { endpoints: ['10.0.0.1:8080'] } })
  expect(version).toBe(routingVersion(routing))
})

test('a sidecar that is current hears nothing but the trust bundle and heartbeats', async () => {
  const site = await startPush()
  site.publish([upstream('a')])
  const first = await site.join()
  const { version } = await first.take('snapshot')
  const second = await site.join({ id: 'checkout-2' }, version)
  expect(site.fleet.entries().find(({ node }) => node === 'checkout-2')).toMatchObject({ state: 'current', version })
  site.clock.advance(10_000)
  await second.next('heartbeat')
  expect(second.received).toEqual([])
})

test('a sidecar that comes back with a version that is still known gets only what changed', async () => {
  const site = await startPush()
  const same = ['v', 'w', 'x', 'y'].map((name) => upstream(name))
  site.publish([...same, upstream('b'), upstream('c')])
  const first = await site.join()
  const { version, routing } = await first.take('snapshot')
  await until(() => state(site)[0] === 'current')
  first.session.destroy()
  await until(() => state(site)[0] === 'disconnected')
  site.change([...same, upstream('c', 9090), upstream('d')])
  const back = await site.join({}, version)
  const delta = await back.next('delta')
  expect(delta).toMatchObject({ base: version, remove: { upstreams: ['b'] } })
  expect(Object.keys(delta.set.upstreams).toSorted()).toEqual(['c', 'd'])
  expect(routingVersion(changed(routing, delta))).toBe(delta.version)
})

test('a sidecar with a version that nobody knows gets a snapshot', async () => {
  const site = await startPush()
  site.publish([upstream('a')])
  const sidecar = await site.join({}, '0123456789abcdef')
  expect((await sidecar.next('snapshot')).version).toBe(routingVersion({ ...emptyRouting, upstreams: { a: upstream('a').body } }))
})

test('the attested namespace selects, never the claimed one', async () => {
  const site = await startPush()
  site.publish([upstream('mine', 1, { namespace: 'shop' }), upstream('theirs', 2, { namespace: 'bank' })])
  const sidecar = await site.join({ namespace: 'bank' })
  expect(Object.keys((await sidecar.next('snapshot')).routing.upstreams)).toEqual(['mine'])
  expect(site.fleet.entries()).toMatchObject([{ namespace: 'shop', workload: 'checkout' }])
})

test('the attested workload selects, whatever else a sidecar claims to be, and the log says so', async () => {
  const site = await startPush()
  site.publish([upstream('mine', 1, { workload: 'inventory' }), upstream('theirs', 2, { workload: 'checkout' })])
  const sidecar = await site.join({ workload: 'checkout' }, null, 'shop/stock/inventory')
  expect(Object.keys((await sidecar.next('snapshot')).routing.upstreams)).toEqual(['mine'])
  expect(site.fleet.entries()).toMatchObject([{ namespace: 'shop', workload: 'inventory' }])
  expect(site.said.join('')).toContain('a sidecar claims to be a workload that its token is not for')
})

test('a sidecar that names no workload is taken for its account', async () => {
  const site = await startPush()
  site.publish([upstream('a', 1, { workload: 'payment' })])
  const sidecar = await site.join({ id: '', workload: '' }, null, 'shop/payment')
  expect(Object.keys((await sidecar.next('snapshot')).routing.upstreams)).toEqual(['a'])
  expect(site.fleet.entries()).toMatchObject([{ node: 'payment', workload: 'payment' }])
})

test('changes are pushed after 100 ms of quiet', async () => {
  const site = await startPush()
  site.publish([upstream('a', 1), upstream('b')])
  const sidecar = await site.join()
  await sidecar.take('snapshot')
  await until(() => state(site)[0] === 'current')
  for (let port = 2; port <= 5; port++) {
    site.publish([upstream('a', port), upstream('b')])
    site.clock.advance(99)
  }
  expect(site.push.figures.deltas).toBe(0)
  site.clock.advance(1)
  expect((await sidecar.next('delta')).set.upstreams).toEqual({ a: upstream('a', 5).body })
  expect(site.push.figures.deltas).toBe(1)
})

test('changes that never pause are pushed after 10 s', async () => {
  const site = await startPush()
  const sidecar = await site.join()
  await sidecar.take('snapshot')
  await until(() => state(site)[0] === 'current')
  for (let port = 1; port <= 200; port++) {
    site.publish([upstream('a', port)])
    site.clock.advance(50)
  }
  expect(site.push.figures.snapshots).toBe(2)
})

test('only sidecars whose routing changed are told', async () => {
  const site = await startPush()
  const payment = (port: number) => upstream('p', port, { workload: 'payment' })
  site.publish([upstream('a'), payment(1)])
  const [one, other] = [await site.join(), await site.join({ id: 'payment-1', workload: 'payment' })]
  await Promise.all([one.take('snapshot'), other.take('snapshot')])
  await until(() => state(site).every((each) => each === 'current'))
  site.change([upstream('a'), payment(2)])
  await other.take('delta')
  expect(site.push.figures).toMatchObject({ snapshots: 2, deltas: 1 })
  expect(one.received).toEqual([])
})

test('a nack leaves the sidecar with what it has, and is not sent again until the content changes', async () => {
  const site = await startPush()
  site.publish([upstream('a'), upstream('b')])
  const sidecar = await site.join()
  const { version } = await sidecar.take('snapshot')
  await until(() => state(site)[0] === 'current')
  site.change([upstream('a', 1), upstream('b')])
  sidecar.nack(await sidecar.next('delta'), 'port 1 is taken')
  await until(() => state(site)[0] === 'nacked')
  expect(site.fleet.entries()).toMatchObject([{ version, state: 'nacked', reason: 'port 1 is taken' }])
  expect(site.said.join('')).toContain('port 1 is taken')
  site.push.changed()
  site.clock.advance(100)
  expect(site.push.figures.deltas).toBe(1)
  site.change([upstream('a', 2), upstream('b')])
  expect(await sidecar.take('delta')).toMatchObject({ base: version })
  await until(() => state(site)[0] === 'current')
})

test('while one routing is on its way, those that follow wait, and only the newest is sent', async () => {
  const site = await startPush()
  site.publish([upstream('a', 1), upstream('b')])
  const sidecar = await site.join()
  const first = await sidecar.next('snapshot')
  for (let port = 2; port <= 9; port++) site.change([upstream('a', port), upstream('b')])
  expect(state(site)).toEqual(['pending'])
  expect(site.push.figures).toMatchObject({ snapshots: 1, deltas: 0 })
  sidecar.ack(first)
  expect((await sidecar.next('delta')).set.upstreams).toEqual({ a: upstream('a', 9).body })
})

test('an answer under another nonce means nothing', async () => {
  const site = await startPush()
  const sidecar = await site.join()
  const { version } = await sidecar.next('snapshot')
  sidecar.ack({ version, nonce: 'other' })
  sidecar.send({ type: 'heartbeat', status: { problem: 'seen' } })
  await until(() => site.fleet.entries()[0]?.reason === 'seen')
  expect(state(site)).toEqual(['pending'])
})

test('a sidecar that never answers is cut off after a minute, whatever its heartbeats say', async () => {
  const site = await startPush()
  const sidecar = await site.join()
  await sidecar.next('snapshot')
  for (let second = 0; second < 60; second += 10) {
    const problem = `at ${second} s`
    sidecar.send({ type: 'heartbeat', status: { problem } })
    await until(() => site.fleet.entries()[0]?.reason === problem)
    site.clock.advance(10_000)
  }
  await sidecar.closed
  expect(site.fleet.entries()).toMatchObject([{ state: 'disconnected' }])
  expect(site.fleet.entries()[0]?.reason).toContain('no answer')
})

test('what a sidecar says of its certificate and its troubles is shown', async () => {
  const site = await startPush()
  const sidecar = await site.join()
  await sidecar.take('snapshot')
  const certificateNotAfter = '2026-01-02T00:00:00.000Z'
  sidecar.send({ type: 'heartbeat', status: { certificateNotAfter, problem: 'its clock is off' } })
  await until(() => site.fleet.entries()[0]?.certificateNotAfter === certificateNotAfter)
  expect(site.fleet.entries()).toMatchObject([{ state: 'current', reason: 'its clock is off' }])
})

test('a new trust bundle is pushed to everybody', async () => {
  const site = await startPush()
  const sidecar = await site.join()
  await sidecar.take('snapshot')
  site.bundle.change('second bundle')
  expect(await sidecar.next('trustBundle')).toEqual({ type: 'trustBundle', pem: 'second bundle' })
  expect(await site.connect().then(async (late) => (late.hello(), late.next('trustBundle')))).toMatchObject({ pem: 'second bundle' })
})

test('when it closes, streams end in order', async () => {
  const site = await startPush()
  const sidecar = await site.join()
  await sidecar.take('snapshot')
  const ended = new Promise((resolve) => sidecar.stream.once('end', resolve))
  site.push.close()
  await ended
  expect(site.fleet.entries()).toMatchObject([{ state: 'disconnected', reason: '' }])
})

test('200 sidecars share the bytes of one snapshot', async () => {
  const site = await startPush()
  const many = (port: number) => Array.from({ length: 500 }, (_, at) => upstream(`u${at}`, at === 0 ? port : 1))
  site.publish(many(1))
  const sidecars = await Promise.all(Array.from({ length: 200 }, (_, at) => site.join({ id: `n${at}` })))
  await Promise.all(sidecars.map((sidecar) => sidecar.take('snapshot')))
  await until(() => site.fleet.counts().current === 200)
  site.change(many(2))
  const deltas = await Promise.all(sidecars.map((sidecar) => sidecar.take('delta')))
  await until(() => site.fleet.counts().current === 200)
  expect(new Set(deltas.map(({ version }) => version)).size).toBe(1)
  expect(site.push.figures).toMatchObject({ snapshots: 200, deltas: 200, acks: 400, nacks: 0 })
})

test('a token that is revoked ends the streams that were opened with it, and no other', async () => {
  const site = await startPush()
  const [stolen, waiting, other] = [
    await site.join({ id: 'stolen' }, null, 'shop/checkout#one'),
    await site.connect('shop/checkout#one'),
    await site.join({ id: 'other' }, null, 'shop/checkout#two'),
  ]
  await stolen.take('snapshot')
  await other.take('snapshot')
  site.push.tokenRevoked('one', 'the join token one was revoked')
  await Promise.all([stolen.closed, waiting.closed])
  await until(() => site.fleet.counts().disconnected === 1)
  expect(site.fleet.entries()).toMatchObject([
    { node: 'other', state: 'current' },
    { node: 'stolen', state: 'disconnected', reason: 'the join token one was revoked' },
  ])
  expect(site.said.join('')).toMatch(/config stream ended without a sidecar.*the join token one was revoked/)
  site.change([upstream('a')])
  await other.take('snapshot')
})
