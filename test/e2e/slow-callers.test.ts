/**
 * What the sidecar holds for peers that are slower than the other side, many at once. `SLOW_CALLERS=1000` makes it the full number,
 * for which the kernel wants some 3 GiB of socket buffers.
 */
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startByteOrigin } from '../harness/byte-origin.ts'
import { ByteStream } from '../harness/byte-stream.ts'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { hasProc, peakMiB, residentMiB } from '../harness/process-memory.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'
import { startRawOrigin } from '../harness/raw-origin.ts'
import { standsStill } from '../harness/stands-still.ts'
import { startTandem } from '../harness/tandem.ts'

const callers = Number(process.env['SLOW_CALLERS'] ?? 100)
/** More than the sockets of both sides hold in the kernel. */
const bodyBytes = 64 * 1024 * 1024
/** Two chunks of 64 KiB that were read ahead or wait to be written, a stream's window, and what a call costs anyway. */
const limitKiB = 220
/** What the first calls cost, however many: code that is compiled, garbage that lies about. */
const beginningMiB = 90

async function startProxy(address: string, protocol: string): Promise<ProxyProcess> {
  const proxy = await spawnProxy(`upstreams:
  u: { endpoints: ["${address}"], protocol: ${protocol}, bulkhead: { connections: ${callers}, requests: ${callers} }, timeout: { request: 0s } }
routes: [{ name: r, forward: u }]`)
  await proxy.said('info ready')
  return proxy
}

/** @returns bytes uploaded so far. */
function callOverHttp1(port: number, uploads: boolean): () => number {
  const socket = connect(port, '127.0.0.1').pause()
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  const body = new ByteStream(uploads ? bodyBytes : 0)
  socket.write(`${uploads ? 'POST' : 'GET'} /bytes/${bodyBytes} HTTP/1.1\r\nHost: t\r\nContent-Length: ${uploads ? bodyBytes : 0}\r\n\r\n`)
  if (uploads) body.pipe(socket)
  return () => body.made
}

function callsOverHttp2(port: number, uploads: boolean): (() => number)[] {
  const calls: (() => number)[] = []
  while (calls.length < callers) {
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    onTestFinished(() => session.destroy())
    for (let i = 0; i < 100 && calls.length < callers; i++) {
      const stream = session.request({ ':method': uploads ? 'POST' : 'GET', ':path': `/bytes/${bodyBytes}` }, { endStream: !uploads })
      stream.on('error', () => undefined).pause()
      const body = new ByteStream(uploads ? bodyBytes : 0)
      if (uploads) body.pipe(stream)
      calls.push(() => body.made)
    }
  }
  return calls
}

describe.skipIf(!hasProc)(`${callers} calls that stand still cost at most ${limitKiB} KiB each`, () => {
  test.each([
    ['HTTP/1.1 callers that do not read', 'http1', 'http1', false],
    ['HTTP/2 callers that do not read', 'http2', 'http1', false],
    ['callers that do not read an HTTP/2 upstream', 'http1', 'http2', false],
    ['HTTP/1.1 callers and an upstream that does not read', 'http1', 'http1', true],
    ['HTTP/2 callers and an upstream that does not read', 'http2', 'http1', true],
    ['callers and an HTTP/2 upstream that does not read', 'http1', 'http2', true],
  ] as const)('%s', { timeout: 120_000 }, async (_name, from, to, uploads) => {
    const origin = await startByteOrigin({ deaf: true })
    const proxy = await startProxy(origin[to], to)
    const before = residentMiB(proxy.pid)
    const port = proxy.portOf('outbound')
    const calls = from === 'http2' ? callsOverHttp2(port, uploads) : Array.from({ length: callers }, () => callOverHttp1(port, uploads))
    const moved = () => origin.sent + calls.reduce((sum, made) => sum + made(), 0)
    await expect.poll(moved, { timeout: 60_000 }).toBeGreaterThan(callers * 64 * 1024)
    await standsStill(moved)
    expect(moved()).toBeLessThan((callers * bodyBytes) / 2)
    expect(peakMiB(proxy.pid) - before).toBeLessThan(beginningMiB + (callers * limitKiB) / 1024)
  })
})

test('a destination of a fan-out that does not read holds up neither the others nor the answer', async () => {
  const [deaf, well] = [await startRawOrigin((socket) => void socket.pause()), await startOrigin((response) => void response.end('well'))]
  const { port } = await startTandem(`upstreams: { deaf: { endpoints: ["${deaf}"] }, well: { endpoints: ["${well.address}"] } }
routes: [{ name: r, fanout: { to: [{ upstream: deaf }, { upstream: well }], respond: first, bodyLimit: 8MiB } }]`)
  const answer = await httpCall(port, { method: 'POST', body: Buffer.alloc(8 * 1024 * 1024) })
  expect([answer.status, answer.body, well.received[0]?.body.length]).toEqual([200, 'well', 8 * 1024 * 1024])
})
