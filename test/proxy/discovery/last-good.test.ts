import { spawnSync } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { routingVersion } from '../../../proxy/config/push/routing-version.ts'
import { LastGood } from '../../../proxy/discovery/last-good.ts'
import { digested } from '../../harness/pushed-routing.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { lastGoodPath, node, routing } from './site.ts'

const versioned = (ports: Readonly<Record<string, number>>) => ({ version: routingVersion(routing(ports)), routing: routing(ports) })

test('what was saved is loaded', async () => {
  const lastGood = new LastGood(await lastGoodPath(), node)
  expect(await lastGood.load()).toEqual({ kind: 'none' })
  const kept = versioned({ b: 1, a: 2, 10: 3, 9: 4 })
  await lastGood.save(digested(kept.routing))
  expect(await lastGood.load()).toEqual({ kind: 'loaded', kept })
  expect(lastGood.problem()).toBeUndefined()
})

test('the file is JSON that only its owner may read, and nothing is left beside it', async () => {
  const lastGood = new LastGood(await lastGoodPath(), node)
  await lastGood.save(digested(routing({ a: 1 })))
  expect(JSON.parse(await readFile(lastGood.path, 'utf8'))).toMatchObject({
    workload: 'shop/checkout',
    version: versioned({ a: 1 }).version,
  })
  expect((await stat(lastGood.path)).mode & 0o777).toBe(0o600)
  expect(await readdir(dirname(lastGood.path))).toEqual(['last-good.json'])
})

test('of many in a row the last one is on disk', async () => {
  const lastGood = new LastGood(await lastGoodPath(), node)
  const saves = [1, 2, 3, 4, 5].map((port) => lastGood.save(digested(routing({ a: port }))))
  await Promise.all(saves)
  expect(await lastGood.load()).toMatchObject({ kept: versioned({ a: 5 }) })
})

test('a routing with thousands of objects is whole', async () => {
  const lastGood = new LastGood(await lastGoodPath(), node)
  const kept = versioned(Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`upstream-${at}`, at + 1])))
  await lastGood.save(digested(kept.routing))
  expect(await lastGood.load()).toEqual({ kind: 'loaded', kept })
})

test('of a long routing that changes here and there each state is whole', async () => {
  const random = new SeededRandom(7)
  const lastGood = new LastGood(await lastGoodPath(), node)
  const ports: Record<string, number> = Object.fromEntries(Array.from({ length: 1_100 }, (_, at) => [`upstream-${at}`, at + 1]))
  let upstreams = routing(ports).upstreams
  for (let round = 0; round < 12; round++) {
    const name = `upstream-${random.below(1_200)}`
    const { [name]: _gone, ...others } = upstreams
    upstreams = random.chance(40) ? others : { ...others, ...routing({ [name]: 5_000 + round }).upstreams }
    const kept = { listeners: {}, upstreams, routes: {} }
    await lastGood.save(digested(kept))
    expect(await lastGood.load()).toEqual({ kind: 'loaded', kept: { version: routingVersion(kept), routing: kept } })
  }
})

test('a file that is damaged anywhere is refused, and says so', async () => {
  const random = new SeededRandom(11)
  const lastGood = new LastGood(await lastGoodPath(), node)
  await lastGood.save(digested(routing({ a: 1, b: 2 })))
  const good = await readFile(lastGood.path)
  for (let round = 0; round < 200; round++) {
    const bytes = Buffer.from(good)
    const at = random.below(bytes.length - 1)
    bytes[at] = (bytes[at] as number) ^ (1 + random.below(127))
    const damaged = random.chance(20) ? bytes.subarray(0, at) : bytes
    await writeFile(lastGood.path, damaged)
    expect(await lastGood.load()).toMatchObject({ kind: 'refused', reason: expect.stringContaining(lastGood.path) })
  }
})

test('the routing of another workload is refused', async () => {
  const path = await lastGoodPath()
  await new LastGood(path, { namespace: 'shop', workload: 'payment' }).save(digested(routing({ a: 1 })))
  expect(await new LastGood(path, node).load()).toMatchObject({ kind: 'refused', reason: expect.stringContaining('shop/payment') })
})

test('a disk that cannot be written to is a problem that people hear of, and nothing more', async () => {
  const path = await lastGoodPath()
  await new LastGood(path, node).save(digested(routing({ a: 1 })))
  const below = new LastGood(`${path}/not-a-folder/last-good.json`, node)
  await below.save(digested(routing({ a: 2 })))
  expect(below.problem()).toContain('cannot be kept')
})

test('what a process that was killed has left half written is cleared away, and what one that lives is writing is not', async () => {
  const path = await lastGoodPath()
  const lastGood = new LastGood(path, node)
  await lastGood.save(digested(routing({ a: 1 })))
  const dead = spawnSync(process.execPath, ['-e', '0']).pid
  const names = [`last-good.json.${dead}.tmp`, `last-good.json.${process.ppid}.tmp`, 'last-good.json.bak', 'other.json.1.tmp']
  for (const name of names) await writeFile(join(dirname(path), name), 'half')
  expect(await new LastGood(path, node).load()).toMatchObject({ kind: 'loaded' })
  expect((await readdir(dirname(path))).toSorted()).toEqual(['last-good.json', ...names.slice(1)].toSorted())
})
