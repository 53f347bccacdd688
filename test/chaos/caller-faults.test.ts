import { connect, constants } from 'node:http2'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FrameCaller } from '../harness/frame-caller.ts'
import { startListener } from '../harness/http1-listener.ts'
import { httpCall } from '../harness/http-call.ts'
import { data, frameType, headers, rstStream } from '../harness/http2-frames.ts'
import { ManualClock } from '../harness/manual-clock.ts'
import type { Respond } from '../harness/origin.ts'
import { peakMiB, residentMiB } from '../harness/process-memory.ts'
import { spawnProxy } from '../harness/proxy-process.ts'
import { RawConnection } from '../harness/raw-call.ts'
import { startRawOrigin } from '../harness/raw-origin.ts'
import { standsStill } from '../harness/stands-still.ts'
import { idle, startWellSite } from './site.ts'

/** `/hold` is never answered, `/big` with more than any socket holds, everything else with `ok`. */
const respond: Respond = (response, { url }) => {
  if (url.endsWith('/hold')) return
  response.end(url.endsWith('/big') ? Buffer.alloc(8 * 1024 * 1024) : 'ok')
}

/** Switches to whatever it is asked for, and then says back what it hears. */
function startUpgrading(): Promise<string> {
  return startRawOrigin((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
  })
}

interface Stage {
  readonly name: string
  readonly says: string
  /** Waits for these bytes before it leaves. */
  readonly until?: string
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: t.test\r\n${more}\r\n`
const post = (path: string, more: string) => `POST ${path} HTTP/1.1\r\nHost: t.test\r\n${more}`
const chunked = 'Transfer-Encoding: chunked\r\n\r\n'

const stages: readonly Stage[] = [
  { name: 'before a word', says: '' },
  { name: 'within the head', says: 'GET /forward HTTP/1.1\r\nHo' },
  { name: 'within the HTTP/2 preface', says: 'PRI * HTTP/2.0\r\n\r\n' },
  { name: 'after CONNECT', says: 'CONNECT t.test:443 HTTP/1.1\r\nHost: t.test:443\r\n\r\n', until: '403' },
  ...['forward', 'split', 'mirror', 'fanout'].flatMap((route): Stage[] => [
    { name: `waiting, ${route}`, says: get(`/${route}/hold`) },
    { name: `within the body, ${route}`, says: post(`/${route}/hold`, 'Content-Length: 1000\r\n\r\nabc') },
    { name: `within a chunk, ${route}`, says: post(`/${route}/hold`, `${chunked}a\r\nabc`) },
    { name: `within the trailers, ${route}`, says: post(`/${route}/hold`, `${chunked}3\r\nabc\r\n0\r\nX-Sum: `) },
    { name: `before the 100, ${route}`, says: post(`/${route}/hold`, 'Expect: 100-continue\r\nContent-Length: 3\r\n\r\n') },
    { name: `with another call behind it, ${route}`, says: get(`/${route}/hold`).repeat(2) },
  ]),
  ...['forward', 'split', 'mirror'].map((route) => ({ name: `reading the answer, ${route}`, says: get(`/${route}/big`), until: '\0\0\0' })),
  { name: 'in a tunnel', says: `${get('/upgrade', 'Connection: Upgrade\r\nUpgrade: echo\r\n')}hello`, until: 'hello' },
]

describe('callers that vanish leave nothing behind', () => {
  test.each(stages)('$name', async ({ says, until }) => {
    const tandem = await startWellSite(respond, await startUpgrading())
    for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const connection = new RawConnection(tandem.port)
      await once(connection.socket, 'connect')
      if (says !== '') await new Promise<void>((resolve) => connection.socket.write(says, () => resolve()))
      if (until !== undefined) await connection.until(until)
      connection.socket[leave]()
      if (leave === 'end') connection.socket.resume()
    }
    expect((await httpCall(tandem.port, { path: '/alive' })).status).toBe(200)
    expect(await idle(tandem)).toEqual([])
  })

  test('an HTTP/2 caller with 100 calls in progress', async () => {
    const tandem = await startWellSite(respond, await startUpgrading())
    const session = connect(`http://127.0.0.1:${tandem.port}`)
    session.on('error', () => undefined)
    for (let i = 0; i < 100; i++)
      session.request({ ':path': ['/forward/hold', '/mirror/hold', '/fanout/hold'][i % 3] }).on('error', () => undefined)
    await expect.poll(() => Number(session.state.outboundQueueSize)).toBe(0)
    session.destroy()
    expect(await idle(tandem)).toEqual([])
  })

  test('HTTP/2 streams that are reset within their bodies', async () => {
    const tandem = await startWellSite(respond, await startUpgrading())
    const session = connect(`http://127.0.0.1:${tandem.port}`)
    onTestFinished(() => session.destroy())
    const closed = Array.from({ length: 60 }, (_, i) => {
      const stream = session.request({ ':method': 'POST', ':path': ['/forward/hold', '/mirror/hold', '/fanout/hold'][i % 3] })
      stream.on('error', () => undefined).write('begun', () => stream.close(constants.NGHTTP2_CANCEL))
      return once(stream, 'close')
    })
    await Promise.all(closed)
    session.close()
    expect(await idle(tandem)).toEqual([])
  })

  test('HTTP/2 rapid reset ends the connection before it costs much', async () => {
    const tandem = await startWellSite(respond, await startUpgrading())
    const caller = await FrameCaller.open(tandem.port)
    const head = [':method', 'POST', ':scheme', 'http', ':authority', 't.test', ':path', '/forward/hold']
    for (let stream = 1; stream < 20_000; stream += 2) caller.send(headers(stream, head, false), data(stream, 'x'), rstStream(stream, 8))
    await caller.reader.nextOf(frameType.goaway)
    expect(await idle(tandem)).toEqual([])
  })
})

describe('callers that dawdle', () => {
  test('300 heads that drip in are given up when their time is over, however steadily they drip', async () => {
    const clock = new ManualClock()
    const { port, listener } = await startListener(() => undefined, { clock })
    const connections = Array.from({ length: 300 }, () => new RawConnection(port))
    await Promise.all(connections.map(({ socket }) => once(socket, 'connect')))
    for (const letter of 'GET / HTTP') {
      await Promise.all(connections.map(({ socket }) => new Promise<void>((resolve) => socket.write(letter, () => resolve()))))
      await expect.poll(() => clock.pending).toBe(300)
      clock.advance(1_600)
    }
    const answers = await Promise.all(connections.map((connection) => connection.closed()))
    expect(new Set(answers.map((answer) => answer.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 408']))
    expect(listener.active).toBe(0)
  })

  test('2,000 connections that say nothing keep nobody else from being served, and are closed when their time is over', async () => {
    const clock = new ManualClock()
    const { port } = await startListener(
      ({ reply }) => {
        reply.start(200, ['content-length', '0'])
        reply.end()
      },
      { clock },
    )
    const connections: RawConnection[] = []
    while (connections.length < 2_000) {
      const more = Array.from({ length: 200 }, () => new RawConnection(port))
      await Promise.all(more.map(({ socket }) => once(socket, 'connect')))
      connections.push(...more)
    }
    await expect.poll(() => clock.pending).toBe(2_000)
    expect((await httpCall(port)).status).toBe(200)
    clock.advance(300_000)
    await Promise.all(connections.map((connection) => connection.closed()))
  })

  test('30,000 pipelined calls whose answers nobody reads are held back, not held', async () => {
    const proxy = await spawnProxy(`routes: [{ name: r, respond: { body: "${'x'.repeat(4_000)}" } }]`)
    await proxy.said('info ready')
    const connection = new RawConnection(proxy.portOf('outbound'))
    connection.socket.pause()
    connection.write(get('/').repeat(29_999) + get('/', 'Connection: close\r\n'))
    await standsStill(() => connection.socket.writableLength + residentMiB(proxy.pid))
    expect((await httpCall(proxy.portOf('outbound'))).status).toBe(200)
    expect(peakMiB(proxy.pid)).toBeLessThan(150)
    connection.socket.removeAllListeners('data')
    let bytes = 0
    connection.socket.on('data', (chunk: Buffer) => void (bytes += chunk.length)).resume()
    await once(connection.socket, 'close')
    expect(bytes).toBeGreaterThan(30_000 * 4_000)
  })
})
