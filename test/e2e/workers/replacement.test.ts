import { expect, test, vi } from 'vitest'
import { KeptConnections } from '../../harness/kept-connections.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { startOrigin } from '../../harness/origin.ts'
import { startTandem } from '../../harness/tandem.ts'
import { watchWorkerThreads } from '../../harness/worker-threads.ts'

// On a busy machine a thread takes its time to start.
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 30_000 }

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text()
}

function requestsIn(metrics: string): number {
  return Number(/^tandem_requests_total\{.*code="200".*\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

test('a worker that dies under load is replaced, says so, and costs only the calls that it had', async () => {
  const origin = await startOrigin()
  const threads = watchWorkerThreads()
  const routing = `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`
  const tandem = await startTandem(routing, { bootstrap: 'concurrency: 2' })
  const load = new AbortController()
  let lost = 0
  const statuses = new Set<number>()
  const caller = async () => {
    const own = new KeptConnections(tandem.port, 1)
    while (!load.signal.aborted) {
      await own.call().then(
        ({ status }) => void statuses.add(status),
        () => void lost++,
      )
    }
  }
  const callers = Array.from({ length: 8 }, caller)
  await origin.receivedCount(50)
  const before = requestsIn(await textOf(`${tandem.health}/metrics`))
  await threads[1]?.terminate()
  await expect
    .poll(() => tandem.said.some((line) => line.includes('a worker thread serves again') && line.includes('worker=1')), patience)
    .toBe(true)
  const after = await textOf(`${tandem.health}/metrics`)
  expect(threads).toHaveLength(3)
  await origin.receivedCount(origin.received.length + 50)
  load.abort()
  await Promise.all(callers)
  expect(lost).toBeLessThanOrEqual(4)
  expect([...statuses]).toEqual([200])
  expect(tandem.said.filter((line) => line.includes('a worker thread has ended and is replaced'))).toHaveLength(1)
  expect(after).toMatch(/^tandem_worker_restarts_total 1$/m)
  expect(requestsIn(after)).toBeGreaterThanOrEqual(before)
})

test('a replaced worker shares splits with the others, and has the routing of the day', async () => {
  const [a, b] = [await startOrigin((response) => response.end('a')), await startOrigin((response) => response.end('b'))]
  const threads = watchWorkerThreads()
  const routing = (weight: number) => `upstreams: { a: { endpoints: ["${a.address}"] }, b: { endpoints: ["${b.address}"] } }
routes: [{ name: r, split: [{ upstream: a, weight: ${weight} }, { upstream: b, weight: 1 }] }]`
  const tandem = await startTandem(routing(1), { bootstrap: 'concurrency: 2' })
  await tandem.apply(routing(4))
  await threads[0]?.terminate()
  await expect.poll(() => tandem.said.some((line) => line.includes('a worker thread serves again')), patience).toBe(true)
  const caller = new KeptConnections(tandem.port, 4)
  const answers: string[] = []
  for (let i = 0; i < 40; i++) answers.push((await caller.call()).body)
  for (let start = 0; start + 5 <= answers.length; start++)
    expect(answers.slice(start, start + 5).filter((body) => body === 'b')).toHaveLength(1)
})

test('while no worker is up the sidecar is not ready, and connections wait for the next one', async () => {
  const threads = watchWorkerThreads()
  const clock = new ManualClock()
  const tandem = await startTandem('routes: [{ name: r, respond: { body: here } }]', { bootstrap: 'concurrency: 2', runtime: { clock } })
  await Promise.all(threads.map((thread) => thread.terminate()))
  const ready = await fetch(`${tandem.health}/ready`)
  expect([ready.status, ((await ready.json()) as { reason: string }).reason]).toEqual([
    503,
    '2 of 2 worker threads are down: it ended with exit code 1',
  ])
  const waiting = new KeptConnections(tandem.port, 3).callAll()
  clock.advance(0)
  expect((await waiting).map(({ body }) => body)).toEqual(['here', 'here', 'here'])
  await expect.poll(async () => (await fetch(`${tandem.health}/ready`)).status, patience).toBe(200)
})
