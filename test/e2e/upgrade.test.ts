import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { answerOf, openCaller, pseudo } from '../harness/http2-caller.ts'
import { startHttp2Origin } from '../harness/http2-origin.ts'
import { startOrigin } from '../harness/origin.ts'
import { ManualClock } from '../harness/manual-clock.ts'
import { RawConnection, rawCall } from '../harness/raw-call.ts'
import { startRawOrigin } from '../harness/raw-origin.ts'
import { startTandem, type TandemOptions } from '../harness/tandem.ts'

const asking = 'GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n'
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`

function forwarding(address: string, more = '', options: TandemOptions = {}) {
  return startTandem(`upstreams: { u: { endpoints: ["${address}"]${more} } }\nroutes: [{ name: r, forward: u }]`, options)
}

/** An origin in the test's hand: what it heard so far, and its connections. */
async function startHeard() {
  const sockets: Socket[] = []
  const heard = { text: '' }
  const address = await startRawOrigin(
    (socket) => {
      sockets.push(socket)
      socket.on('data', (chunk) => void (heard.text += chunk.toString('latin1')))
      socket.on('end', () => socket.end('goodbye'))
    },
    { allowHalfOpen: true },
  )
  const hears = (text: string) => expect.poll(() => heard.text, { interval: 5, timeout: 5_000 }).toContain(text)
  return { address, sockets, heard, hears }
}

describe('bytes of the new protocol', () => {
  test('reach nobody before the upstream has switched, and then in their order', async () => {
    const { address, sockets, heard, hears } = await startHeard()
    const { port } = await forwarding(address)
    const connection = new RawConnection(port)
    connection.write(`${asking}one `)
    await hears('\r\n\r\n')
    await new Promise((resolve) => connection.socket.write('two ', resolve))
    expect(heard.text.endsWith('\r\n\r\n')).toBe(true)
    sockets[0]?.write(`${switching}early `)
    await connection.until('early ')
    connection.write('three')
    await hears('one two three')
    sockets[0]?.write('late')
    expect((await connection.until('late')).endsWith('\r\n\r\nearly late')).toBe(true)
  })

  test('are not lost where their sender ends with them before the upstream has switched', async () => {
    const { address, sockets, hears } = await startHeard()
    const { port } = await forwarding(address)
    const connection = new RawConnection(port)
    connection.socket.end(`${asking}all that I had to say`)
    await hears('\r\n\r\n')
    sockets[0]?.write(switching)
    await hears('all that I had to say')
    expect((await connection.closed()).endsWith('\r\n\r\ngoodbye')).toBe(true)
  })

  test('follow a request with a body, whatever the protocol', async () => {
    const { address, sockets, heard, hears } = await startHeard()
    const { port } = await forwarding(address)
    const connection = new RawConnection(port)
    connection.write('POST /attach HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 4\r\n\r\nbodystdin')
    await hears('\r\n\r\nbody')
    expect(heard.text.endsWith('body')).toBe(true)
    sockets[0]?.write(switching.replace('websocket', 'tcp'))
    await hears('bodystdin')
  })
})

describe('an upgrade that is refused', () => {
  test.each(['200 OK', '400 Bad Request', '426 Upgrade Required'])(
    'by %s is an ordinary answer, and both connections go on',
    async (status) => {
      const origin = await startOrigin((response) => void response.writeHead(Number(status.slice(0, 3))).end('no'))
      const { port } = await forwarding(origin.address)
      const connection = new RawConnection(port)
      connection.write(asking)
      expect(await connection.until('no')).toMatch(new RegExp(`^HTTP/1\\.1 ${status.slice(0, 3)} `))
      connection.write(asking.replace('Connection: Upgrade', 'Connection: Upgrade, close'))
      expect((await connection.closed()).match(/HTTP\/1\.1/g)).toHaveLength(2)
      expect([origin.received.length, origin.connections.size]).toEqual([2, 1])
    },
  )

  test('over an HTTP/2 upstream, or by a fan-out, is 501', async () => {
    const origin = await startHttp2Origin((stream) => stream.respond({ ':status': 200 }, { endStream: true }))
    const { port } = await startTandem(`upstreams: { u: { endpoints: ["127.0.0.1:${origin.port}"], protocol: http2 } }
routes: [{ name: r, forward: u }, { name: f, match: { path: /ws }, fanout: { to: [{ upstream: u }] } }]`)
    const closing = asking.replace('Connection: Upgrade', 'Connection: Upgrade, close')
    for (const path of ['/ws', '/other']) expect(await rawCall(port, closing.replace('/ws', path))).toMatch(/^HTTP\/1\.1 501 /)
  })
})

test('a mirror gets no copy of an upgrade', async () => {
  const { address, sockets, hears } = await startHeard()
  const copies = await startOrigin()
  const tandem = await startTandem(`upstreams: { u: { endpoints: ["${address}"] }, copy: { endpoints: ["${copies.address}"] } }
routes: [{ name: r, forward: u, mirror: [{ upstream: copy }] }]`)
  const connection = new RawConnection(tandem.port)
  connection.write(`${asking}ping`)
  await hears('\r\n\r\n')
  sockets[0]?.write(switching)
  await hears('ping')
  sockets[0]?.end()
  connection.socket.end()
  await connection.closed()
  expect((await tandem.accessLog()).map(({ kind, status, bytesIn }) => [kind, status, bytesIn])).toEqual([['call', 101, 4]])
  expect(copies.received).toHaveLength(0)
})

test('a tunnel in which nothing moves for timeout.idle ends, with the flag UT', async () => {
  const { address, sockets, hears } = await startHeard()
  const tandem = await forwarding(address, ', timeout: { idle: 100ms }')
  const connection = new RawConnection(tandem.port)
  connection.write(asking)
  await hears('\r\n\r\n')
  sockets[0]?.write(switching)
  await connection.closed()
  expect(await tandem.accessLog()).toMatchObject([{ status: 101, flags: 'UT' }])
})

describe('long answers', () => {
  test.each(['text/event-stream', 'application/json'])(
    'the head of %s comes before the first byte of the body, and each piece at once',
    async (type) => {
      const { address, sockets, hears } = await startHeard()
      const { port } = await forwarding(address)
      const connection = new RawConnection(port)
      connection.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
      const session = await openCaller(port)
      const stream = session.request(pseudo('GET'), { endStream: true })
      const answer = answerOf(stream)
      await hears('\r\n\r\nGET ')
      for (const socket of sockets) socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`)
      await Promise.all([connection.until('\r\n\r\n'), once(stream, 'response')])
      for (const piece of ['1', '2']) {
        const came = once(stream, 'data')
        for (const socket of sockets) socket.write(`1\r\n${piece}\r\n`)
        expect(String(await came)).toBe(piece)
        await connection.until(`1\r\n${piece}\r\n`)
      }
      for (const socket of sockets) socket.write('0\r\n\r\n')
      expect((await answer).body).toBe('12')
      await connection.until('\r\n0\r\n\r\n')
    },
  )
})

describe('in a drain', () => {
  test.each([
    ['a tunnel', asking, switching],
    ['an event stream', 'GET / HTTP/1.1\r\nHost: t\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'],
    ['a long poll', 'GET / HTTP/1.1\r\nHost: t\r\n\r\n', ''],
  ])('%s goes on until drain.timeout, and is over then', async (_name, ask, answer) => {
    const { address, sockets, hears } = await startHeard()
    const tandem = await forwarding(address, '', { bootstrap: 'drain: { timeout: 400ms }' })
    const connection = new RawConnection(tandem.port)
    connection.write(ask)
    await hears('\r\n\r\n')
    sockets[0]?.write(answer)
    await connection.until(answer.slice(-4))
    const began = performance.now()
    const drained = tandem.sidecar.drain()
    const closed = Promise.all([once(sockets[0] as Socket, 'close'), connection.closed()])
    if (answer !== '') {
      sockets[0]?.write('still here')
      await connection.until('still here')
    }
    await drained
    expect(performance.now() - began).toBeGreaterThan(390)
    const lines = await tandem.accessLog()
    await closed
    expect(lines).toMatchObject([{ flags: 'DC' }])
  })

  test('what ends by itself ends the drain at once', async () => {
    const { address, sockets, hears } = await startHeard()
    const tandem = await forwarding(address, '', { bootstrap: 'drain: { timeout: 60s }' })
    const connection = new RawConnection(tandem.port)
    connection.write(asking)
    await hears('\r\n\r\n')
    sockets[0]?.write(switching)
    await connection.until('\r\n\r\n')
    const drained = tandem.sidecar.drain()
    connection.socket.destroy()
    await expect(drained).resolves.toBeUndefined()
  })
})

test('a tunnel outlives the port that it came by for as long as a drain may take', async () => {
  const { address, sockets, hears } = await startHeard()
  const clock = new ManualClock()
  const listener = (name: string) => `listeners: [{ name: ${name}, address: "127.0.0.1:0" }]`
  const routing = `upstreams: { u: { endpoints: ["${address}"], timeout: { idle: 0s } } }\nroutes: [{ name: r, forward: u }]`
  const options = { bootstrap: 'drain: { timeout: 5s }', listeners: listener('outbound'), runtime: { clock } }
  const tandem = await startTandem(routing, options)
  const connection = new RawConnection(tandem.port)
  connection.write(asking)
  await hears('\r\n\r\n')
  sockets[0]?.write(switching)
  await connection.until('\r\n\r\n')
  await tandem.apply(routing, listener('another'))
  clock.advance(4_999)
  connection.write('still here')
  await hears('still here')
  clock.advance(1)
  expect(await connection.closed()).toMatch(/^HTTP\/1.1 101 /)
})

test('what an upstream answers to one caller never reaches the next one', async () => {
  const { address, sockets, hears } = await startHeard()
  const { port } = await forwarding(address)
  const first = new RawConnection(port)
  first.write(asking)
  await hears('\r\n\r\n')
  sockets[0]?.write(ok('no') + switching)
  expect((await first.until('no')).match(/HTTP/g)).toHaveLength(1)
  const second = rawCall(port, 'GET /2 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n')
  await hears('GET /2')
  sockets[1]?.write(ok('second'))
  expect(await second).toMatch(/second$/)
})
