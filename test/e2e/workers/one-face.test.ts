import { readFile, rename } from 'node:fs/promises'
import { describe, expect, test, vi } from 'vitest'
import { KeptConnections } from '../../harness/kept-connections.ts'
import { startOrigin } from '../../harness/origin.ts'
import { startCollector } from '../../harness/otlp-collector.ts'
import { spawnProxy } from '../../harness/proxy-process.ts'
import { startTandem } from '../../harness/tandem.ts'

// On a busy machine a thread takes its time to start.
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 30_000 }

const responding = (body: string) => `routes: [{ name: r, respond: { body: ${body} } }]`

describe('metrics and figures', () => {
  test('are those of all workers together', async () => {
    const origin = await startOrigin()
    const routing = `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u, mirror: [{ upstream: u }] }]`
    const tandem = await startTandem(routing, { bootstrap: 'concurrency: 3' })
    const caller = new KeptConnections(tandem.port, 6)
    for (let i = 0; i < 5; i++) await caller.callAll()
    await origin.receivedCount(60)
    const metrics = async () => (await fetch(`${tandem.health}/metrics`)).text()
    await expect.poll(metrics, patience).toMatch(/^tandem_mirror_total\{route="r",upstream="u",outcome="sent"\} 30$/m)
    const text = await metrics()
    expect(text).toContain('tandem_requests_total{route="r",action="forward",upstream="u",code="200",flags=""} 30\n')
    expect(text).toContain('tandem_request_duration_seconds_count{route="r",action="forward",upstream="u"} 30\n')
    expect(text).toContain('tandem_request_duration_seconds_bucket{le="+Inf",route="r",action="forward",upstream="u"} 30\n')
    expect(text).toContain('tandem_upstream_attempts_total{upstream="u",code="200",flags=""} 60\n')
    expect(text).toContain('tandem_worker_restarts_total 0\n')
    expect(text).toContain(`tandem_config_version_info{version="${tandem.sidecar.version}"} 1\n`)
    const stats = (await (await fetch(`${tandem.admin}/stats`)).json()) as { routes: Record<string, unknown> }
    expect(stats.routes['r']).toMatchObject({ calls: 30, codes: { '2xx': 30 } })
    const upstreams = (await (await fetch(`${tandem.admin}/upstreams`)).json()) as { name: string; role: string; endpoints: unknown }[]
    expect(upstreams.map(({ name, role }) => [name, role])).toEqual([
      ['u', 'primary'],
      ['u', 'mirror'],
    ])
    expect(upstreams[0]?.endpoints).toEqual([{ address: origin.address, weight: 1, active: 0, connections: expect.any(Number) as number }])
  })

  test('there are no worker metrics where one thread serves', async () => {
    const tandem = await startTandem(responding('x'))
    expect(await (await fetch(`${tandem.health}/metrics`)).text()).not.toContain('tandem_worker')
  })
})

describe('the access log', () => {
  test('is one, with a whole line for each call of every worker', async () => {
    const tandem = await startTandem(responding('x'), { bootstrap: 'concurrency: 3' })
    const caller = new KeptConnections(tandem.port, 9)
    const long = 'x'.repeat(2_000)
    for (let i = 0; i < 40; i++) await caller.callAll({ path: `/${i}?${long}` })
    const lines = await tandem.accessLog()
    expect(lines).toHaveLength(360)
    const perCall = Map.groupBy(lines, ({ path }) => String(path).split('?')[0])
    expect([...perCall.values()].map((calls) => calls.length)).toEqual(Array.from({ length: 40 }, () => 9))
  })

  test('goes on in a new file after SIGUSR1, and loses nothing', async () => {
    const proxy = await spawnProxy(`concurrency: 2\n${responding('x')}`, ['--access-log-to', 'access.log', '--access-log-format', 'json'])
    await proxy.said('info ready')
    const file = proxy.file.replace('tandem.yaml', 'access.log')
    const lines = async (name: string) => (await readFile(name, 'utf8')).split('\n').length - 1
    const caller = new KeptConnections(proxy.portOf('outbound'), 4)
    await caller.callAll()
    await expect.poll(() => lines(file), patience).toBe(4)
    await rename(file, `${file}.1`)
    proxy.signal('SIGUSR1')
    await expect.poll(() => lines(file).catch(() => -1), patience).toBe(0)
    await caller.callAll()
    await expect.poll(() => lines(file), patience).toBe(4)
    expect(await lines(`${file}.1`)).toBe(4)
  })
})

describe('spans', () => {
  test('of all workers are exported as one service, each call as one tree', async () => {
    const collector = await startCollector()
    const origin = await startOrigin((response) => response.writeHead(500).end())
    const routing = `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u, mirror: [{ upstream: u }] }]`
    const bootstrap = `concurrency: 2\nnode: { workload: checkout }\ntracing: { otlp: "${collector.url}", sample: 50 }`
    const tandem = await startTandem(routing, { bootstrap })
    const caller = new KeptConnections(tandem.port, 4)
    for (let i = 0; i < 5; i++) await caller.callAll()
    const parent = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=1' }
    await caller.call({ headers: parent })
    await origin.receivedCount(42)
    await tandem.sidecar.close()
    const trees = [...Map.groupBy(collector.spans, ({ traceId }) => traceId).values()]
    expect(trees).toHaveLength(11)
    for (const tree of trees) {
      const call = tree.find(({ kind }) => kind === 2)
      expect(tree.map(({ name }) => name).toSorted()).toEqual(['GET r', 'mirror u', 'u'])
      expect(tree.filter(({ parentSpanId }) => parentSpanId === call?.spanId)).toHaveLength(2)
      expect(call).toMatchObject({ status: { code: 2 }, attributes: { 'http.response.status_code': 500, 'tandem.route': 'r' } })
    }
    expect(collector.spans.find(({ parentSpanId }) => parentSpanId === 'b7ad6b7169203331')).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      kind: 2,
      traceState: 'a=1',
    })
    expect(new Set(collector.spans.map(({ resource }) => resource['service.instance.id'])).size).toBe(1)
    expect(new Set(collector.spans.map(({ resource }) => resource['service.name']))).toEqual(new Set(['checkout']))
  })
})
