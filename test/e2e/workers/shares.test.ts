import { expect, test, vi } from 'vitest'
import { KeptConnections } from '../../harness/kept-connections.ts'
import { startOrigin } from '../../harness/origin.ts'
import { startTandem } from '../../harness/tandem.ts'
import { watchWorkerThreads } from '../../harness/worker-threads.ts'

// On a busy machine a thread takes its time to start.
vi.setConfig({ testTimeout: 60_000 })

async function twoOrigins() {
  const [a, b] = [await startOrigin((response) => response.end('a')), await startOrigin((response) => response.end('b'))]
  return { a, b, upstreams: `upstreams: { a: { endpoints: ["${a.address}"] }, b: { endpoints: ["${b.address}"] } }` }
}

test.each([2, 3])('with %i workers, weights are exact over any hundred calls', async (concurrency) => {
  const { upstreams } = await twoOrigins()
  const threads = watchWorkerThreads()
  const routing = `${upstreams}\nroutes: [{ name: r, split: [{ upstream: a, weight: 90 }, { upstream: b, weight: 10 }] }]`
  const { port, admin } = await startTandem(routing, { bootstrap: `concurrency: ${concurrency}` })
  expect(threads).toHaveLength(concurrency)
  const caller = new KeptConnections(port, 7)
  const answers: string[] = []
  for (let i = 0; i < 300; i++) answers.push((await caller.call()).body)
  for (let start = 0; start <= 200; start++) expect(answers.slice(start, start + 100).filter((body) => body === 'b')).toHaveLength(10)
  expect(await connectionsByUpstream(admin)).toEqual({ a: concurrency, b: concurrency })
})

test.each([2, 3])('with %i workers, a mirror gets exactly its percentage of the calls', async (concurrency) => {
  const { b, upstreams } = await twoOrigins()
  const routing = `${upstreams}\nroutes: [{ name: r, forward: a, mirror: [{ upstream: b, percent: 12.5 }] }]`
  const { port } = await startTandem(routing, { bootstrap: `concurrency: ${concurrency}` })
  const caller = new KeptConnections(port, 8)
  for (let i = 0; i < 50; i++) await caller.callAll()
  await b.receivedCount(50)
  await caller.callAll()
  await b.receivedCount(51)
  expect(b.received).toHaveLength(51)
})

test('a caller stays on one destination, whichever worker takes its calls', async () => {
  const { upstreams } = await twoOrigins()
  const routing = `${upstreams}\nroutes: [{ name: r, split: [{ upstream: a }, { upstream: b }], sticky: { header: x-user } }]`
  const { port } = await startTandem(routing, { bootstrap: 'concurrency: 3' })
  const caller = new KeptConnections(port, 6)
  const places = new Map<string, Set<string>>()
  for (let user = 0; user < 20; user++) {
    const answers = await caller.callAll({ headers: { 'x-user': `user-${user}` } })
    places.set(`user-${user}`, new Set(answers.map(({ body }) => body)))
  }
  expect([...places.values()].map((bodies) => bodies.size)).toEqual(Array.from({ length: 20 }, () => 1))
  expect(new Set([...places.values()].flatMap((bodies) => [...bodies]))).toEqual(new Set(['a', 'b']))
})

test('a split goes on where it stood when another route changes', async () => {
  const { upstreams } = await twoOrigins()
  const routing = (more: string) => `${upstreams}\nroutes: [{ name: r, split: [{ upstream: a, weight: 3 }, { upstream: b }] }${more}]`
  const tandem = await startTandem(routing(''), { bootstrap: 'concurrency: 2' })
  const caller = new KeptConnections(tandem.port, 4)
  const answers: string[] = []
  for (let i = 0; i < 40; i++) {
    answers.push((await caller.call()).body)
    if (i % 7 === 0) await tandem.apply(routing(`, { name: other, match: { path: /x${i} }, respond: {} }`))
  }
  for (let start = 0; start + 4 <= answers.length; start++) expect(answers.slice(start, start + 4).toSorted()).toEqual(['a', 'a', 'a', 'b'])
})

async function connectionsByUpstream(admin: string): Promise<Record<string, number>> {
  const upstreams = (await (await fetch(`${admin}/upstreams`)).json()) as { name: string; bulkhead: { connections: { used: number } } }[]
  return Object.fromEntries(upstreams.map(({ name, bulkhead }) => [name, bulkhead.connections.used]))
}
