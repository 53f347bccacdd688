import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ByteOrigin, type ByteOriginOptions, startByteOrigin } from '../harness/byte-origin.ts'
import { ByteStream, countBytes } from '../harness/byte-stream.ts'
import { hasProc, peakMiB } from '../harness/process-memory.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'
import { startRawOrigin } from '../harness/raw-origin.ts'
import { standsStill } from '../harness/stands-still.ts'

const mib = 1024 * 1024
/** What the process may have resident at its highest. */
const limitMiB = 150
const memory = hasProc ? `at most ${limitMiB} MiB resident` : 'memory not checked for want of /proc'

interface Site {
  readonly proxy: ProxyProcess
  readonly port: number
  readonly origin: ByteOrigin
}

async function startSite(options: ByteOriginOptions = {}, mirror = ''): Promise<Site> {
  const origin = await startByteOrigin(options)
  const deaf = await startRawOrigin((socket) => void socket.pause())
  const proxy = await spawnProxy(`upstreams:
  u: { endpoints: ["${origin.http1}"] }
  u2: { endpoints: ["${origin.http2}"], protocol: http2 }
  deaf: { endpoints: ["${deaf}"] }
routes:
  - { name: over-http1, forward: u${mirror} }
  - { name: over-http2, match: { host: h2.test }, forward: u2${mirror} }
`)
  await proxy.said('info ready')
  return { proxy, port: proxy.portOf('outbound'), origin }
}

function expectSmall({ proxy }: Site): void {
  expect(peakMiB(proxy.pid)).toBeLessThan(limitMiB)
}

interface Http1Call {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: ByteStream
}

function http1(port: number, { path = '/', headers = {}, body }: Http1Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const call = request({ host: '127.0.0.1', port, method, path, headers: { host: 't.test', ...headers }, agent: false }, resolve)
    call.on('error', reject)
    if (body === undefined) call.end()
    else body.pipe(call)
  })
}

async function text(message: IncomingMessage): Promise<string> {
  return Buffer.concat(await message.toArray()).toString()
}

function http2(port: number, authority: string, path: string, body?: ByteStream) {
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: mib } })
  onTestFinished(() => session.destroy())
  const method = body === undefined ? 'GET' : 'POST'
  const stream = session.request({ ':method': method, ':path': path, ':authority': authority }, { endStream: body === undefined })
  body?.pipe(stream)
  return stream
}

describe(`large bodies, ${memory}`, () => {
  test('1 GiB up, and 1 GiB down', async () => {
    const site = await startSite()
    const body = new ByteStream(1024 * mib)
    expect(await text(await http1(site.port, { headers: { 'content-length': 1024 * mib }, body }))).toBe(String(1024 * mib))
    expect(await countBytes(await http1(site.port, { path: `/bytes/${1024 * mib}` }))).toBe(1024 * mib)
    expectSmall(site)
  })

  test('128 MiB up and down in chunks', async () => {
    const site = await startSite()
    expect(await text(await http1(site.port, { body: new ByteStream(128 * mib) }))).toBe(String(128 * mib))
    expect(await countBytes(await http1(site.port, { path: `/bytes/${128 * mib}?chunked` }))).toBe(128 * mib)
    expectSmall(site)
  })

  test.each(['t.test', 'h2.test'])('256 MiB down and 64 MiB up over HTTP/2 for %s', async (authority) => {
    const site = await startSite()
    expect(await countBytes(http2(site.port, authority, `/bytes/${256 * mib}`))).toBe(256 * mib)
    const answer = await http2(site.port, authority, '/', new ByteStream(64 * mib)).toArray()
    expect(Buffer.concat(answer as Buffer[]).toString()).toBe(String(64 * mib))
    expectSmall(site)
  })

  test('HTTP/1.1 callers and an HTTP/2 upstream', async () => {
    const site = await startSite()
    const headers = { host: 'h2.test' }
    expect(await text(await http1(site.port, { headers, body: new ByteStream(64 * mib) }))).toBe(String(64 * mib))
    expect(await countBytes(await http1(site.port, { headers, path: `/bytes/${64 * mib}` }))).toBe(64 * mib)
    expectSmall(site)
  })

  test.each(['t.test', 'h2.test'])('a caller that does not read stops the upstream for %s', async (host) => {
    const site = await startSite()
    const answer = await http1(site.port, { headers: { host }, path: `/bytes/${128 * mib}` })
    await standsStill(() => site.origin.sent)
    expect(site.origin.sent).toBeLessThan(32 * mib)
    expect(await countBytes(answer)).toBe(128 * mib)
    expectSmall(site)
  })

  test('an HTTP/2 caller that does not read stops the upstream', async () => {
    const site = await startSite()
    const stream = http2(site.port, 't.test', `/bytes/${128 * mib}`)
    await standsStill(() => site.origin.sent)
    expect(site.origin.sent).toBeLessThan(32 * mib)
    expect(await countBytes(stream)).toBe(128 * mib)
    expectSmall(site)
  })

  test.each(['t.test', 'h2.test'])('an upstream that does not read stops the caller, for %s', async (host) => {
    const site = await startSite({ deaf: true })
    const [over1, over2] = [new ByteStream(128 * mib), new ByteStream(64 * mib)]
    const first = http1(site.port, { headers: { host }, body: over1 })
    const second = http2(site.port, host, '/', over2).toArray()
    await standsStill(() => over1.made + over2.made)
    expect(over1.made).toBeLessThan(32 * mib)
    expect(over2.made).toBeLessThan(32 * mib)
    site.origin.release()
    expect(await text(await first)).toBe(String(128 * mib))
    expect(Buffer.concat((await second) as Buffer[]).toString()).toBe(String(64 * mib))
    expectSmall(site)
  })

  test('128 MiB up with a mirror that reads nothing', async () => {
    const site = await startSite({}, ', mirror: [{ upstream: deaf }]')
    expect(await text(await http1(site.port, { body: new ByteStream(128 * mib) }))).toBe(String(128 * mib))
    expectSmall(site)
  })
})
