import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { call, openCaller, pseudo } from '../harness/http2-caller.ts'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'

/** What costs most of memory and time at a start, and is not needed by all. */
const heavy = ['http2', 'tls', 'internal/deps/undici/undici']

interface Observed {
  readonly proxy: ProxyProcess
  /** Of the heavy modules those that were loaded when it left. */
  readonly loaded: () => Promise<string[]>
}

async function observed(routing: string): Promise<Observed> {
  const file = join(process.env['TMPDIR'] ?? '/tmp', `loaded-${crypto.randomUUID()}.json`)
  onTestFinished(() => rm(file, { force: true }))
  const NODE_OPTIONS = `--import=${join(import.meta.dirname, '../harness/tell-loaded.ts')}`
  const proxy = await spawnProxy(routing, [], { NODE_OPTIONS, LOADED_MODULES: file })
  await proxy.said('info ready')
  const loaded = async () => {
    proxy.signal('SIGTERM')
    await proxy.ended
    const modules = new Set(JSON.parse(await readFile(file, 'utf8')) as string[])
    return heavy.filter((name) => modules.has(name))
  }
  return { proxy, loaded }
}

test('a sidecar that forwards plain HTTP/1.1 loads neither TLS nor HTTP/2, nor a client of HTTP', async () => {
  const origin = await startOrigin()
  const { proxy, loaded } = await observed(
    `upstreams: { one: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, match: { path: /a }, forward: one }]`,
  )
  expect((await httpCall(proxy.portOf('outbound'), { path: '/a' })).status).toBe(200)
  expect((await httpCall(proxy.portOf('health'), { path: '/ready' })).status).toBe(200)
  expect(await loaded()).toEqual([])
})

test('the first call over HTTP/2 brings HTTP/2, and is answered', async () => {
  const { proxy, loaded } = await observed('routes: [{ name: r, respond: { body: x } }]')
  const session = await openCaller(proxy.portOf('outbound'))
  expect((await call(session, pseudo('GET'))).status).toBe(200)
  session.close()
  expect(await loaded()).toContain('http2')
})
