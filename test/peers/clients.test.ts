/**
 * The clients that apps have talk to the sidecar, and through it: curl, Node's fetch, Python's requests, Go's net/http, Java's HttpClient,
 * and the load generators wrk and h2load. Each client is a small program in clients/ that makes the same calls and tells what came.
 */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ReceivedRequest, startOrigin } from '../harness/origin.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'
import { runTool } from './child.ts'

const download = Buffer.alloc(32 * 1024 * 1024, 'download ')
const upload = digest(Buffer.alloc(100_000, 'x'))
const timeoutMs = 120_000

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Tells what arrived: method, target, host, how the body was framed, and its digest where there was one. */
function tell(response: ServerResponse, { method, url, headers, body }: ReceivedRequest): void {
  if (url === '/through/download') return void response.end(download)
  const framing = headers['transfer-encoding'] ?? ((headers['content-length'] ?? '0') === '0' ? 'none' : 'length')
  const arrived = [method, url, headers.host?.replace(/:\d+$/, ''), framing, ...(body.length > 0 ? [digest(body)] : [])].join(' ')
  response.setHeader('content-length', arrived.length)
  response.end(arrived)
}

async function startSidecar(): Promise<ProxyProcess> {
  const origin = await startOrigin(tell)
  const proxy = await spawnProxy(`
upstreams:
  origin: { endpoints: ["${origin.address}"] }
routes:
  - { name: through, match: { pathPrefix: /through }, forward: origin }
  - { name: local, match: { path: /local }, respond: { body: "from the sidecar" } }
`)
  await proxy.said('info ready')
  return proxy
}

/** Passes bytes on, and counts the connections that it took. */
async function startCounter(port: number): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0
  const server = createServer((caller) => {
    connections++
    const onward = connect(port, '127.0.0.1')
    caller.pipe(onward).pipe(caller)
    for (const socket of [caller, onward]) socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const host = '127.0.0.1'
const expected = {
  local: '200\tfrom the sidecar',
  get: `200\tGET /through/get?a=b ${host} none`,
  post: `200\tPOST /through/post ${host} length ${upload}`,
  chunked: `200\tPOST /through/chunked ${host} chunked ${upload}`,
  continue: `200\tPOST /through/continue ${host} length ${upload}`,
  head: `200\t${`HEAD /through/head ${host} none`.length}`,
  'not-found': '404\tNR',
  download: `200\t${digest(download)}`,
  reused: Array.from({ length: 10 }, () => 200).join(' '),
  http2: `200\tGET /through/http2 ${host} none`,
  'http2-post': `200\tPOST /through/http2 ${host} length ${upload}`,
  'upgrade-offered': `200\tGET /through/upgrade ${host} none`,
  proxied: '200\tGET /through/proxied shop.internal none',
} as const

type CallName = keyof typeof expected

interface Client {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Of the calls that it does not make: it has no such thing. */
  readonly without: readonly CallName[]
  /** Connections for ten calls one after the other. */
  readonly connections: number
}

const file = (name: string): string => join(import.meta.dirname, 'clients', name)

const clients: readonly Client[] = [
  { name: 'curl', program: 'sh', args: [file('calls.sh')], without: ['upgrade-offered'], connections: 1 },
  {
    name: "Node's fetch",
    program: process.execPath,
    args: [file('calls.ts')],
    without: ['continue', 'http2', 'http2-post', 'upgrade-offered'],
    // As towards any server: the first call's connection is not free yet when the second begins.
    connections: 2,
  },
  {
    name: "Python's requests",
    program: 'python-with-requests',
    args: [file('calls.py')],
    without: ['continue', 'http2', 'http2-post', 'upgrade-offered'],
    connections: 1,
  },
  { name: "Go's net/http", program: 'go', args: ['run', file('calls.go')], without: ['upgrade-offered'], connections: 1 },
  { name: "Java's HttpClient", program: 'java', args: [file('Calls.java')], without: ['http2', 'http2-post'], connections: 1 },
]

function proxyEnvironment(base: string): NodeJS.ProcessEnv {
  return { ...process.env, http_proxy: base, HTTP_PROXY: base, no_proxy: host, NO_PROXY: host, NODE_USE_ENV_PROXY: '1' }
}

describe.each(clients)('$name', ({ program, args, without, connections }) => {
  test('talks to the sidecar, and through it, as if nothing stood between', async () => {
    const sidecar = await startSidecar()
    const base = `http://${host}:${sidecar.portOf('outbound')}`
    const counter = await startCounter(sidecar.portOf('outbound'))
    const asked = [...args, base, `http://${host}:${counter.port}`, 'http://shop.internal/through/proxied']
    const { said } = await runTool(program, asked, timeoutMs, proxyEnvironment(base))
    const lines = said.trim().split('\n')
    const told = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1).trimEnd()]))
    const makes = Object.entries(expected).filter(([name]) => !without.some((one) => one === name))
    expect(told).toEqual(Object.fromEntries(makes))
    expect(counter.connections()).toBe(connections)
  })
})

const loads: readonly {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly good: readonly RegExp[]
}[] = [
  { name: 'wrk', program: 'wrk', args: ['-t1', '-c20', '-d1s'], good: [/[1-9]\d* requests in/, /^(?![^]*(?:Socket errors|Non-2xx))/] },
  { name: 'h2load over HTTP/1.1', program: 'h2load', args: ['--h1', '-n2000', '-c20'], good: [/ 2000 succeeded, 0 failed, 0 errored/] },
  { name: 'h2load over HTTP/2', program: 'h2load', args: ['-n2000', '-c4', '-m10'], good: [/ 2000 succeeded, 0 failed, 0 errored/] },
]

describe.each(loads)('$name', ({ program, args, good }) => {
  test.each(['/local', '/through/load'])('has every call to %s answered', async (path) => {
    const sidecar = await startSidecar()
    const { code, said } = await runTool(program, [...args, `http://${host}:${sidecar.portOf('outbound')}${path}`], timeoutMs)
    expect({ code, said }).toMatchObject({ code: 0 })
    for (const pattern of good) expect(said).toMatch(pattern)
  })
})
