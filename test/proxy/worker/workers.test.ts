import { expect, onTestFinished, test, vi } from 'vitest'
import type { VersionedRouting } from '../../../proxy/config/push/routing-objects.ts'
import { loadConfig } from '../../../proxy/config/load.ts'
import { ConfiguredRouting } from '../../../proxy/config/push/configured-routing.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { systemRandom } from '../../../proxy/runtime/random.ts'
import { Workers } from '../../../proxy/worker/workers.ts'
import { KeptConnections } from '../../harness/kept-connections.ts'
import { watchWorkerThreads } from '../../harness/worker-threads.ts'

// On a busy machine a thread takes its time to start.
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 30_000 }

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

async function started(count: number): Promise<Workers> {
  const startWith = () => ({ node: {}, tracing: undefined, accessLog: undefined, credentials: null })
  const workers = new Workers(count, {
    clock: systemClock,
    random: systemRandom,
    logger: silent,
    drain: { delay: 0, timeout: 1_000 },
    startWith,
    onTold: () => undefined,
  })
  onTestFinished(() => workers.close())
  await workers.start()
  return workers
}

/** Checked as a file is, and with its ports free. */
function routing(text: string): VersionedRouting {
  const loaded = loadConfig({ file: 'test.yaml', text: `listeners: [{ name: outbound, address: "127.0.0.1:0" }]\n${text}` })
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join('; '))
  return ConfiguredRouting.of(loaded)
}

function portOf(workers: Workers): number {
  return Number(workers.addresses['outbound']?.split(':')[1])
}

test('what a worker cannot build is refused with its reason, and what is in force stays so in all of them', async () => {
  const workers = await started(2)
  const good = routing('routes: [{ name: r, respond: { body: good } }]')
  await workers.put(good)
  const { objects } = routing('upstreams: { u: { endpoints: ["127.0.0.1:1"] } }\nroutes: [{ name: r, forward: u }]')
  const [upstream] = objects.upstreams.values()
  const unreadable = { ...upstream, tls: { ca: '/not/there.pem' } } as typeof upstream & object
  await expect(workers.put({ version: 'bad', objects: { ...objects, upstreams: new Map([['u', unreadable]]) } })).rejects.toThrow(
    /upstreams\.u\.tls\.ca/,
  )
  const bodies = async () => new Set((await new KeptConnections(portOf(workers), 4).callAll()).map(({ body }) => body))
  expect(await bodies()).toEqual(new Set(['good']))
  await workers.put(routing('routes: [{ name: r, respond: { body: better } }]'))
  expect(await bodies()).toEqual(new Set(['better']))
})

test('a routing that a worker dies of is refused', async () => {
  const threads = watchWorkerThreads()
  const workers = await started(2)
  await workers.put(routing('routes: [{ name: r, respond: { body: good } }]'))
  const ended = threads[0]?.terminate()
  await expect(workers.put(routing('routes: [{ name: r, respond: { body: bad } }]'))).rejects.toThrow('the worker thread has ended')
  await ended
  await expect.poll(() => workers.problem(), patience).toBe(undefined)
  expect((await new KeptConnections(portOf(workers), 2).callAll()).map(({ body }) => body)).toEqual(['good', 'good'])
})

test('who is asked after the end is told so', async () => {
  const threads = watchWorkerThreads()
  const workers = await started(2)
  const [worker] = workers.all
  await threads[0]?.terminate()
  await expect(worker?.ask({ kind: 'report' })).rejects.toThrow('the worker thread has ended: it ended with exit code 1')
})
