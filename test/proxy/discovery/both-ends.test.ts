import { expect, test } from 'vitest'
import { type PushSite, startPort, startPush, until, upstream } from '../../control-plane/push/site.ts'
import { lastGoodPath, prepareSidecar } from './site.ts'

const many = (port: number) => ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => upstream(name, name === 'a' ? port : 1))
const portOf = (one: { upstreams: Readonly<Record<string, unknown>> } | undefined) => one?.upstreams.a

/** Changes the routing; resolves when the fleet says that everybody has it. */
async function changed(site: PushSite, port: number): Promise<void> {
  site.change(many(port))
  await until(() => site.fleet.counts().current === 1)
}

test('a control plane that dies and comes back finds the sidecar current, and sends only what changed since', async () => {
  const site = await startPush()
  let address = site.port.address
  site.publish(many(1))
  const { stream, clock, applied } = await prepareSidecar(() => `https://${address}`)
  await stream.start()
  await until(() => site.fleet.counts().current === 1)
  site.push.close()
  await site.port.close()
  await until(() => stream.state.kind === 'waiting')
  expect(stream.notReady()).toBeUndefined()

  const next = await startPush()
  next.publish(many(1))
  address = next.port.address
  clock.advance(10_000)
  await until(() => next.fleet.counts().current === 1)
  expect(next.push.figures).toMatchObject({ snapshots: 0, deltas: 0 })
  await changed(next, 2)
  expect(next.push.figures).toMatchObject({ snapshots: 0, deltas: 1 })
  expect(applied.map(portOf)).toEqual([{ endpoints: ['10.0.0.1:1'] }, { endpoints: ['10.0.0.1:2'] }])
})

test('a sidecar that dies comes back with its last good routing and is sent what it missed', async () => {
  const site = await startPush()
  const url = () => `https://${site.port.address}`
  site.publish(many(1))
  const lastGood = await lastGoodPath()
  const before = await prepareSidecar(url, { lastGood })
  await before.stream.start()
  await until(() => site.fleet.counts().current === 1)
  await before.stream.close()
  await until(() => site.fleet.counts().disconnected === 1)
  expect(site.fleet.entries()).toMatchObject([{ reason: '' }])
  site.change(many(3))
  const after = await prepareSidecar(url, { lastGood })
  await after.stream.start()
  await until(() => site.fleet.counts().current === 1)
  expect(after.applied.map(portOf)).toEqual([{ endpoints: ['10.0.0.1:1'] }, { endpoints: ['10.0.0.1:3'] }])
  expect(site.push.figures).toMatchObject({ snapshots: 1, deltas: 1 })
})

test('what a sidecar refuses is shown by the fleet, until there is something better', async () => {
  const site = await startPush()
  site.publish(many(1))
  const refuse = (one: { upstreams: Readonly<Record<string, unknown>> }) =>
    Promise.resolve(
      JSON.stringify(portOf(one)).includes(':2') ? { ok: false as const, reason: 'upstreams.a: port 2 is odd' } : { ok: true as const },
    )
  const { stream } = await prepareSidecar(() => `https://${site.port.address}`, { apply: refuse })
  await stream.start()
  await until(() => site.fleet.counts().current === 1)
  site.change(many(2))
  await until(() => site.fleet.counts().nacked === 1)
  expect(site.fleet.entries()).toMatchObject([{ reason: 'upstreams.a: port 2 is odd', version: stream.version }])
  await changed(site, 3)
  expect(site.fleet.entries()).toMatchObject([{ state: 'current', version: stream.version }])
})

test('a control plane that accepts the stream and says nothing is left after 30 s', async () => {
  const port = await startPort({ onStream: () => undefined })
  const { stream, clock } = await prepareSidecar(() => `https://${port.address}`)
  await stream.start()
  await until(() => stream.state.kind === 'connected')
  for (let beat = 0; beat < 3; beat++) clock.advance(10_000)
  await until(() => stream.state.kind === 'waiting')
  expect(stream.notReady()).toContain('nothing was heard')
})
