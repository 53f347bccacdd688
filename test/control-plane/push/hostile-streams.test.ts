import { expect, test } from 'vitest'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { startPush, until, upstream } from './site.ts'

const hello = '{"type":"hello","node":{"id":"n","workload":"w","namespace":"s","labels":{}},"version":null,"status":{}}\n'

/** Each ends its stream, and says this in the log. */
const garbage: readonly (readonly [name: string, bytes: string | Buffer, reason: string])[] = [
  ['no JSON', 'hello\n', 'no JSON'],
  ['another message before hello', '{"type":"heartbeat","status":{}}\n', 'expected `hello` first'],
  ['an unknown type', '{"type":"snapshot"}\n', 'wrong form'],
  ['an unknown member', hello.replace('"status"', '"more":1,"status"'), 'wrong form'],
  ['a name that is too long', hello.replace('"n"', `"${'n'.repeat(300)}"`), 'node.id'],
  ['a second hello', hello + hello, 'second'],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]), 'not valid'],
  ['a line without an end', 'x'.repeat(300 * 1024), 'longer than'],
  ['deep nesting', `${'['.repeat(100_000)}\n`, 'no JSON'],
  ['__proto__', '{"__proto__":{"type":"heartbeat","status":{}}}\n', 'wrong form'],
]

test.for(garbage)('%s ends the stream, and no other', async ([, bytes, reason]) => {
  const site = await startPush()
  const healthy = await site.join({ id: 'healthy' })
  await healthy.take('snapshot')
  const hostile = await site.connect()
  hostile.write(bytes)
  await hostile.closed
  await until(() => site.push.figures.cut === 1)
  expect(site.said.join('')).toContain(reason)
  site.change([upstream('a')])
  await healthy.take('snapshot')
})

test('mutated lines either are understood or end their stream; a healthy sidecar gets every change meanwhile', async () => {
  const random = new SeededRandom(4)
  const site = await startPush()
  const healthy = await site.join({ id: 'healthy' })
  await healthy.take('snapshot')
  for (let round = 0; round < 120; round++) {
    const hostile = await site.connect()
    const bytes = Buffer.from(hello)
    for (let flips = random.below(4); flips >= 0; flips--) bytes[random.below(bytes.length)] = random.below(256)
    hostile.write(bytes)
    hostile.stream.end()
    await hostile.closed
    hostile.session.destroy()
    if (round % 40 !== 0) continue
    site.change([upstream('a', round + 1)])
    await healthy.take('snapshot')
  }
  await until(() => site.fleet.entries().filter(({ state }) => state !== 'disconnected').length === 1)
  expect(site.push.figures.nacks).toBe(0)
})

test('a stream without hello is closed after 10 s', async () => {
  const site = await startPush()
  const silent = await site.connect()
  silent.write(hello.slice(0, 20))
  await until(() => site.clock.pending > 0)
  site.clock.advance(10_000)
  await silent.closed
  expect(site.said.join('')).toContain('no `hello` within')
})

test('a sidecar that is silent for three heartbeats is taken for dead', async () => {
  const site = await startPush()
  const sidecar = await site.join()
  await sidecar.take('snapshot')
  await until(() => site.fleet.counts().current === 1)
  site.clock.advance(29_999)
  expect(site.fleet.counts().current).toBe(1)
  site.clock.advance(1)
  await sidecar.closed
  expect(site.fleet.entries()).toMatchObject([{ state: 'disconnected', reason: 'nothing was heard for 30000 ms' }])
})

test('for a sidecar that does not read nothing piles up, and the others get theirs', async () => {
  const site = await startPush()
  const large = (port: number) => Array.from({ length: 5_000 }, (_, at) => upstream(`upstream-${at}`, port))
  site.publish(large(1))
  const slow = await site.connect()
  slow.stream.pause()
  slow.hello({ id: 'slow' })
  const healthy = await site.join({ id: 'healthy' })
  await healthy.take('snapshot')
  await until(() => site.fleet.counts().current === 1)
  for (let port = 2; port <= 6; port++) {
    // Answers that were made up: the sidecar has read nothing.
    site.change(large(port))
    const { version } = await healthy.take('snapshot')
    slow.ack({ version, nonce: String(port - 1) })
    await until(() => site.fleet.counts().current >= 1)
  }
  expect(site.push.figures.snapshots).toBe(7)
  slow.stream.resume()
  await slow.next('trustBundle')
  await slow.take('snapshot')
  const newest = site.fleet.entries().find(({ node }) => node === 'healthy')?.version
  expect(await slow.take('snapshot')).toMatchObject({ version: newest })
})
