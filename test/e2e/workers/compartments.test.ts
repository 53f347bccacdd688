import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import type { CallAnswer } from '../../harness/http-call.ts'
import { KeptConnections } from '../../harness/kept-connections.ts'
import { type Origin, startOrigin } from '../../harness/origin.ts'
import { startTandem, type Tandem } from '../../harness/tandem.ts'
import { watchWorkerThreads } from '../../harness/worker-threads.ts'

// On a busy machine a thread takes its time to start.
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 30_000 }

interface Held {
  readonly origin: Origin
  /** Answers what is held, and from then on everything at once. */
  readonly release: () => void
}

async function holdingOrigin(): Promise<Held> {
  const held: ServerResponse[] = []
  let holds = true
  const origin = await startOrigin((response) => void (holds ? held.push(response) : response.end('ok')))
  const release = () => {
    holds = false
    for (const response of held.splice(0)) response.end('ok')
  }
  return { origin, release }
}

function limited({ address }: Origin, bulkhead: string): string {
  return `upstreams: { u: { endpoints: ["${address}"], bulkhead: { ${bulkhead} } } }\nroutes: [{ name: r, forward: u }]`
}

interface Bulkhead {
  readonly connections: { readonly used: number; readonly limit: number }
  readonly pending: { readonly used: number; readonly limit: number }
  readonly requests: { readonly used: number; readonly limit: number }
  readonly rejected: number
}

function statusesOf(answers: readonly CallAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

async function bulkheadOf({ admin }: Tandem): Promise<Bulkhead> {
  const [upstream] = (await (await fetch(`${admin}/upstreams`)).json()) as { readonly bulkhead: Bulkhead }[]
  return (upstream as { bulkhead: Bulkhead }).bulkhead
}

test.each([2, 3])('with %i workers, no more calls are in progress than the one bulkhead allows', async (concurrency) => {
  const { origin, release } = await holdingOrigin()
  const tandem = await startTandem(limited(origin, 'requests: 5'), { bootstrap: `concurrency: ${concurrency}` })
  const caller = new KeptConnections(tandem.port, 12)
  const refused = caller.callAll()
  await origin.receivedCount(5)
  await expect.poll(async () => (await bulkheadOf(tandem)).rejected, patience).toBe(7)
  expect(await bulkheadOf(tandem)).toMatchObject({ requests: { used: 5, limit: 5 }, connections: { used: 5, limit: 64 } })
  release()
  const answers = await refused
  expect(statusesOf(answers)).toEqual({ 200: 5, 503: 7 })
  expect(answers.find(({ status }) => status === 503)?.headers['x-tandem-flags']).toBe('UO')
  expect(origin.received).toHaveLength(5)
  await expect.poll(async () => (await bulkheadOf(tandem)).requests.used, patience).toBe(0)
  expect((await caller.call()).status).toBe(200)
})

test('the limit holds under load from all sides, and leaves nothing behind', async () => {
  let active = 0
  let most = 0
  const origin = await startOrigin((response) => {
    most = Math.max(most, ++active)
    setImmediate(() => {
      active--
      response.end('ok')
    })
  })
  const tandem = await startTandem(limited(origin, 'requests: 3'), { bootstrap: 'concurrency: 3' })
  const caller = new KeptConnections(tandem.port, 24)
  const statuses: number[] = []
  for (let round = 0; round < 30; round++) statuses.push(...(await caller.callAll()).map(({ status }) => status))
  expect(most).toBeLessThanOrEqual(3)
  expect(new Set(statuses)).toEqual(new Set([200, 503]))
  expect(await bulkheadOf(tandem)).toMatchObject({ requests: { used: 0 }, rejected: statuses.filter((status) => status === 503).length })
})

test('no more calls wait than the one bulkhead allows, and each worker has its share of the connections', async () => {
  const { origin, release } = await holdingOrigin()
  const tandem = await startTandem(limited(origin, 'connections: 3, pending: 3'), { bootstrap: 'concurrency: 2' })
  const caller = new KeptConnections(tandem.port, 12)
  const calls = caller.callAll()
  await expect.poll(async () => (await bulkheadOf(tandem)).rejected, patience).toBe(6)
  expect(await bulkheadOf(tandem)).toMatchObject({ connections: { used: 3, limit: 3 }, pending: { used: 3, limit: 3 } })
  release()
  expect((await calls).filter(({ status }) => status === 200)).toHaveLength(6)
})

test('what a worker had of a compartment when it died is free for the others', async () => {
  const { origin, release } = await holdingOrigin()
  const threads = watchWorkerThreads()
  const tandem = await startTandem(limited(origin, 'requests: 4'), { bootstrap: 'concurrency: 2' })
  const caller = new KeptConnections(tandem.port, 4)
  const calls = Promise.allSettled(Array.from({ length: 4 }, () => caller.call()))
  await origin.receivedCount(4)
  await threads[0]?.terminate()
  const others = new KeptConnections(tandem.port, 4)
  const more = others.callAll()
  await origin.receivedCount(6)
  await expect.poll(async () => (await bulkheadOf(tandem)).rejected, patience).toBe(2)
  release()
  expect(statusesOf(await more)).toEqual({ 200: 2, 503: 2 })
  expect((await calls).map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
})
