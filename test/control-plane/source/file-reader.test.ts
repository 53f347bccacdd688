import { expect, onTestFinished, test } from 'vitest'
import { readAtOnce, ThreadedFileReader } from '../../../control-plane/source/file-reader.ts'
import { manyRoutes } from '../../harness/many-routes.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

const limits = { timeMs: 60_000, heapMiB: 512 }
const nothingKnown = () => undefined

function open() {
  const clock = new ManualClock()
  const reader = new ThreadedFileReader(clock, limits)
  onTestFinished(() => reader.close())
  return { reader, clock }
}

const long = manyRoutes(400)

/** Looked at from the start: it may fail before anybody waits for it. */
function failureOf(reading: Promise<unknown>): Promise<string> {
  return reading.then(() => 'read', String)
}

test.each([
  ['short', manyRoutes(3)],
  ['long', long],
  ['long, with errors', long.replace('timeout: 3s', 'timeout: soon').replace('name: route-7,', '')],
  ['long, and no YAML', `${long}  - { name: [\n`],
  ['long, for some', `for: { labels: { tier: web } }\n${long}`],
])('what is %s gives what it gives when it is read at once', async (_, text) => {
  const { reader } = open()
  expect(await reader.read('a.yaml', text, nothingKnown)).toEqual(await readAtOnce.read('a.yaml', text, nothingKnown))
})

test('an object that says what it said before is the same object as before', async () => {
  const { reader } = open()
  const { claims } = await reader.read('a.yaml', long, nothingKnown)
  const known = new Map(claims.map(({ kind, name, body }) => [`${kind}/${name}`, body ?? undefined]))
  const again = await reader.read('a.yaml', long.replace('resource-9,', 'elsewhere,'), (kind, name) => known.get(`${kind}/${name}`))
  const others = again.claims.filter(({ kind, name, body }) => body !== known.get(`${kind}/${name}`))
  expect(others.map(({ name }) => name)).toEqual(['route-9'])
})

test('several at once are each answered with their own', async () => {
  const { reader } = open()
  const texts = [long, manyRoutes(300), manyRoutes(1), manyRoutes(500)]
  const read = await Promise.all(texts.map((text, at) => reader.read(`${at}.yaml`, text, nothingKnown)))
  expect(read.map(({ claims }) => [claims.length, claims[0]?.origin.file])).toEqual([
    [401, '0.yaml'],
    [301, '1.yaml'],
    [2, '2.yaml'],
    [501, '3.yaml'],
  ])
})

test('after a while without anything to read it starts anew', async () => {
  const { reader, clock } = open()
  await reader.read('a.yaml', long, nothingKnown)
  clock.advance(10_000)
  expect((await reader.read('a.yaml', long, nothingKnown)).claims).toHaveLength(401)
})

test('a text that takes too long is refused, and what waited behind it is read', async () => {
  const { reader, clock } = open()
  const slow = failureOf(reader.read('a.yaml', '['.repeat(2_000_000), nothingKnown))
  const next = reader.read('b.yaml', long, nothingKnown)
  clock.advance(60_000)
  expect(await slow).toContain('it takes longer than 60 s to read')
  expect((await next).claims).toHaveLength(401)
})

test('one that nobody waits for any more is not read to its end, and not read at all where it was not begun', async () => {
  const { reader } = open()
  const [first, second] = [new AbortController(), new AbortController()]
  const begun = reader.read('a.yaml', '['.repeat(2_000_000), nothingKnown, first.signal)
  const waiting = reader.read('b.yaml', long, nothingKnown, second.signal)
  const next = reader.read('c.yaml', long, nothingKnown)
  second.abort()
  first.abort()
  await Promise.all([expect(begun).rejects.toThrow('given up'), expect(waiting).rejects.toThrow('given up')])
  expect((await next).claims[0]?.origin.file).toBe('c.yaml')
  await expect(reader.read('d.yaml', long, nothingKnown, first.signal)).rejects.toThrow('given up')
})

test('so is one that takes too much memory', async () => {
  const reader = new ThreadedFileReader(new ManualClock(), { timeMs: 60_000, heapMiB: 32 })
  onTestFinished(() => reader.close())
  const large = failureOf(reader.read('a.yaml', '- {}\n'.repeat(400_000), nothingKnown))
  const next = reader.read('b.yaml', long, nothingKnown)
  expect(await large).toContain('more than 32 MiB of memory')
  expect((await next).claims).toHaveLength(401)
})

test('when it is closed what is being read is given up, and nothing more is read', async () => {
  const { reader } = open()
  const reading = failureOf(reader.read('a.yaml', long, nothingKnown))
  await reader.close()
  expect(await reading).toContain('given up')
  await expect(reader.read('a.yaml', long, nothingKnown)).rejects.toThrow('given up')
})
