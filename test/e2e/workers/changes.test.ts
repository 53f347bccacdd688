import type { ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { httpCall } from '../../harness/http-call.ts'
import { KeptConnections } from '../../harness/kept-connections.ts'
import { startOrigin } from '../../harness/origin.ts'
import { spawnProxy } from '../../harness/proxy-process.ts'
import { RawConnection } from '../../harness/raw-call.ts'
import { startTandem } from '../../harness/tandem.ts'

// On a busy machine a thread takes its time to start.
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 30_000 }

const responding = (body: string) => `routes: [{ name: r, respond: { body: ${body} } }]`

describe('a new configuration', () => {
  test('is in force in all workers when it is said to be', async () => {
    const tandem = await startTandem(responding('one'), { bootstrap: 'concurrency: 3' })
    const caller = new KeptConnections(tandem.port, 6)
    for (const body of ['two', 'three', 'four']) {
      await tandem.apply(responding(body))
      expect(new Set((await caller.callAll()).map((answer) => answer.body))).toEqual(new Set([body]))
    }
  })

  test('under load fails no call, and an unchanged upstream keeps its connections', async () => {
    const origin = await startOrigin()
    const routing = (n: number) => `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r${n}, forward: u }]`
    const tandem = await startTandem(routing(0), { bootstrap: 'concurrency: 2' })
    const load = new AbortController()
    const statuses = new Set<number>()
    const caller = async () => {
      while (!load.signal.aborted) statuses.add((await httpCall(tandem.port)).status)
    }
    const callers = Array.from({ length: 8 }, caller)
    for (let n = 1; n <= 30; n++) {
      await tandem.apply(routing(n))
      await httpCall(tandem.port)
    }
    load.abort()
    await Promise.all(callers)
    expect([...statuses]).toEqual([200])
    // Each of two workers has one for each of nine calls at most.
    expect(origin.connections.size).toBeLessThanOrEqual(18)
  })

  test('opens its new ports for all workers, and closes those that are gone', async () => {
    const tandem = await startTandem(responding('here'), { bootstrap: 'concurrency: 2' })
    const listeners = (...names: string[]) => `listeners: [${names.map((name) => `{ name: ${name}, address: "127.0.0.1:0" }`).join(', ')}]`
    await tandem.apply(responding('here'), listeners('outbound', 'second'))
    const second = tandem.portOf('second')
    const kept = new KeptConnections(second, 4)
    expect((await kept.callAll()).map(({ body }) => body)).toEqual(['here', 'here', 'here', 'here'])
    await tandem.apply(responding('here'), listeners('outbound'))
    await expect(httpCall(second)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect((await httpCall(tandem.port)).body).toBe('here')
  })

  test('that asks for a port which is taken changes nothing in any worker', async () => {
    const origin = await startOrigin()
    const tandem = await startTandem(responding('one'), { bootstrap: 'concurrency: 2' })
    const taken = `listeners: [{ name: outbound, address: "127.0.0.1:0" }, { name: second, address: "${origin.address}" }]`
    await expect(tandem.apply(responding('two'), taken)).rejects.toThrow(/Listener second cannot listen .* another program has this port/)
    const caller = new KeptConnections(tandem.port, 4)
    expect(new Set((await caller.callAll()).map(({ body }) => body))).toEqual(new Set(['one']))
    await tandem.apply(responding('three'))
    expect(new Set((await caller.callAll()).map(({ body }) => body))).toEqual(new Set(['three']))
  })

  test('pushed while it is in force in some workers only is answered when it is in all', async () => {
    const tandem = await startTandem(responding('own'), { bootstrap: 'concurrency: 3' })
    const caller = new KeptConnections(tandem.port, 6)
    for (let n = 0; n < 10; n++) {
      const route = { name: 'pushed', match: { path: '/pushed' }, respond: { body: `${n}` } }
      const outcome = await tandem.sidecar.applyPushed({ listeners: {}, upstreams: {}, routes: { pushed: route } }, `v${n}`)
      expect(outcome).toEqual({ ok: true })
      expect(new Set((await caller.callAll({ path: '/pushed' })).map(({ body }) => body))).toEqual(new Set([`${n}`]))
    }
  })
})

describe('a drain', () => {
  test('waits for the calls of all workers, and takes no new ones', async () => {
    const held: ServerResponse[] = []
    const origin = await startOrigin((response) => void held.push(response))
    const tandem = await startTandem(`upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`, {
      bootstrap: 'concurrency: 2',
    })
    const calls = new KeptConnections(tandem.port, 4).callAll()
    await origin.receivedCount(4)
    let done = false
    const drained = tandem.sidecar.drain().then(() => (done = true))
    await expect(httpCall(tandem.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(((await (await fetch(`${tandem.health}/ready`)).json()) as { reason: string }).reason).toBe('draining')
    for (const response of held.splice(1)) response.end('done')
    await expect.poll(async () => (await figures(tandem.admin)).requests.used, patience).toBe(1)
    expect(done).toBe(false)
    for (const response of held) response.end('done')
    await drained
    expect((await calls).map(({ body, headers }) => [body, headers['connection']])).toEqual(
      Array.from({ length: 4 }, () => ['done', 'close']),
    )
  })

  test('by SIGTERM ends a process of workers politely', async () => {
    let answer: () => void = () => undefined
    const origin = await startOrigin((response) => void (answer = () => response.end('done')))
    const proxy = await spawnProxy(
      `concurrency: 2\nupstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`,
    )
    await proxy.said('info ready')
    const connection = new RawConnection(proxy.portOf('outbound'))
    connection.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
    await origin.receivedCount(1)
    proxy.signal('SIGTERM')
    await proxy.said('draining')
    answer()
    expect(await connection.closed()).toMatch(/done$/)
    expect(await proxy.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('info stopped') as string })
  })
})

describe('the process', () => {
  test('reloads its file in all workers on SIGHUP, and keeps the old one when the new one is broken', async () => {
    const proxy = await spawnProxy(`concurrency: 2\n${responding('one')}`)
    await proxy.said('info ready')
    await proxy.write('routes: [{ name: r, forward: nowhere }]')
    proxy.signal('SIGHUP')
    await proxy.said('refused')
    const caller = new KeptConnections(proxy.portOf('outbound'), 4)
    expect(new Set((await caller.callAll()).map(({ body }) => body))).toEqual(new Set(['one']))
    await proxy.write(`concurrency: 2\n${responding('two')}`)
    proxy.signal('SIGHUP')
    await proxy.said('configuration applied')
    expect(new Set((await caller.callAll()).map(({ body }) => body))).toEqual(new Set(['two']))
  })

  test('says which port it cannot have, and leaves with 1', async () => {
    const origin = await startOrigin()
    const taken = `listeners: [{ name: outbound, address: "${origin.address}" }]`
    await expect(startTandem(responding('x'), { listeners: taken, bootstrap: 'concurrency: 2' })).rejects.toThrow(
      `Listener outbound cannot listen on ${origin.address}: another program has this port`,
    )
    const proxy = await spawnProxy(`concurrency: 2\n${responding('x')}`, ['--admin-address', origin.address])
    expect(await proxy.ended).toMatchObject({ code: 1, stderr: expect.stringContaining(`cannot listen on ${origin.address}`) as string })
  })
})

async function figures(admin: string): Promise<{ requests: { used: number } }> {
  const [upstream] = (await (await fetch(`${admin}/upstreams`)).json()) as { bulkhead: { requests: { used: number } } }[]
  return (upstream as { bulkhead: { requests: { used: number } } }).bulkhead
}
