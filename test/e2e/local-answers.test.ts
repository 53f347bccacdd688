import { describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { RawConnection, rawCall } from '../harness/raw-call.ts'
import { refusingAddress, saying, startRawOrigin } from '../harness/raw-origin.ts'
import { startTandem } from '../harness/tandem.ts'

interface Problem {
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly route?: string
  readonly upstream?: string
  readonly traceId: string
}

function upstream(address: string, more = ''): string {
  return `upstreams: { u: { endpoints: ["${address}"]${more} } }\nroutes: [{ name: r, forward: u }]`
}

async function problemFrom(routing: string, path = '/') {
  const tandem = await startTandem(routing)
  const answer = await httpCall(tandem.port, { path })
  return { tandem, answer, problem: JSON.parse(answer.body) as Problem }
}

const reply = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`

describe('an upstream that is ill gives the flag and status of the table', () => {
  test('NR 404: no route', async () => {
    const { answer, problem } = await problemFrom('routes: [{ name: r, match: { path: /only }, respond: {} }]')
    expect([answer.status, answer.headers['x-tandem-flags'], answer.headers['content-type']]).toEqual([
      404,
      'NR',
      'application/problem+json',
    ])
    expect(problem).toMatchObject({ status: 404, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string })
  })

  test('UH 503: a name without an address', async () => {
    const { answer } = await problemFrom(
      'upstreams: { u: { dns: "nowhere.invalid:80", timeout: { connect: 300ms } } }\nroutes: [{ name: r, forward: u }]',
    )
    expect([answer.status, answer.headers['x-tandem-flags']]).toEqual([503, 'UH'])
  })

  test('UF 503: connect refused, with route and upstream', async () => {
    const { answer, problem } = await problemFrom(upstream(await refusingAddress()))
    expect([answer.status, answer.headers['x-tandem-flags']]).toEqual([503, 'UF'])
    expect(problem).toMatchObject({ route: 'r', upstream: 'u', detail: expect.stringContaining('ECONNREFUSED') as string })
  })

  test('UC 502: closed without an answer', async () => {
    const { answer } = await problemFrom(upstream(await startRawOrigin((socket) => void socket.once('data', () => socket.end()))))
    expect([answer.status, answer.headers['x-tandem-flags']]).toEqual([502, 'UC'])
  })

  test('UR 502: reset without an answer', async () => {
    const { answer } = await problemFrom(
      upstream(await startRawOrigin((socket) => void socket.once('data', () => socket.resetAndDestroy()))),
    )
    expect([answer.status, answer.headers['x-tandem-flags']]).toEqual([502, 'UR'])
  })

  test('UT 504: no answer within timeout.request', async () => {
    const { answer, problem } = await problemFrom(upstream(await startRawOrigin(() => undefined), ', timeout: { request: 50ms }'))
    expect([answer.status, answer.headers['x-tandem-flags']]).toEqual([504, 'UT'])
    expect(problem.detail).toContain('50')
  })

  test.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['two lengths that differ', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an odd length', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab'],
    ['a length with leading zeros', 'HTTP/1.1 200 OK\r\nContent-Length: 02\r\n\r\nab'],
    ['another transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['white space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nab'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
    ['bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['an answer that was not asked for: 101', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
  ])('UPE 502: %s', async (_title, bytes) => {
    const { answer } = await problemFrom(upstream(await startRawOrigin(saying(bytes))))
    expect([answer.status, answer.headers['x-tandem-flags']]).toEqual([502, 'UPE'])
  })

  test('UO 503 with Retry-After, at once and without an attempt, when the bulkhead is full', async () => {
    const origin = await startOrigin(() => undefined)
    const { port } = await startTandem(upstream(origin.address, ', bulkhead: { connections: 1, pending: 1, requests: 10 }'))
    const held = [new RawConnection(port), new RawConnection(port)]
    for (const connection of held) connection.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
    await origin.receivedCount(1)
    const admin = await httpCall(port)
    expect([admin.status, admin.headers['x-tandem-flags'], admin.headers['retry-after']]).toEqual([503, 'UO', '1'])
    expect(origin.received).toHaveLength(1)
  })

  test('an answer that breaks off in the middle is never taken for a whole one', async () => {
    const address = await startRawOrigin(saying('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', (socket) => void socket.end()))
    const tandem = await startTandem(upstream(address))
    await expect(httpCall(tandem.port)).rejects.toThrow(/aborted|hang up/)
    expect(await tandem.accessLog()).toMatchObject([{ status: 502, flags: 'UC' }])
  })

  test('DC 499 in the log when the caller goes away', async () => {
    const origin = await startOrigin(() => undefined)
    const tandem = await startTandem(upstream(origin.address))
    const connection = new RawConnection(tandem.port)
    connection.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
    const request = await origin.begun
    const cancelled = new Promise((resolve) => request.socket.once('close', resolve))
    connection.socket.destroy()
    await cancelled
    expect(await tandem.accessLog()).toMatchObject([{ status: 499, flags: 'DC', upstream: 'u' }])
  })
})

describe('a caller that breaks the protocol is answered 400 DPE, and its connection closes', () => {
  test.each([
    ['both framings', 'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc'],
    ['a list of lengths', 'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3, 3\r\n\r\nabc'],
    ['a length with leading zeros', 'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 010\r\n\r\n0123456789'],
    ['a length that is no number', 'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 0x3\r\n\r\nabc'],
    ['an empty list member before chunked', 'POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n'],
    ['another transfer coding', 'POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['chunked twice', 'POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
    ['a folded line', 'GET / HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n'],
    ['white space before the colon', 'GET / HTTP/1.1\r\nHost: t\r\nX : a\r\n\r\n'],
    ['a line without a colon', 'GET / HTTP/1.1\r\nHost: t\r\nX\r\n\r\n'],
    ['a name that is no token', 'GET / HTTP/1.1\r\nHost: t\r\nX(y): a\r\n\r\n'],
    ['a control byte in a value', 'GET / HTTP/1.1\r\nHost: t\r\nX: a\x01b\r\n\r\n'],
    ['a bare CR in a value', 'GET / HTTP/1.1\r\nHost: t\r\nX: a\rb\r\n\r\n'],
    ['bare LF', 'GET / HTTP/1.1\nHost: t\n\n'],
    ['a raw # in the path', 'GET /a#b HTTP/1.1\r\nHost: t\r\n\r\n'],
    ['no HTTP at all', 'hello there\r\n\r\n'],
  ])('%s', async (_title, bytes) => {
    const origin = await startOrigin()
    const { port } = await startTandem(upstream(origin.address))
    const answer = await rawCall(port, bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toMatch(/x-tandem-flags: DPE/i)
    expect(answer).toMatch(/application\/problem\+json/)
    expect(origin.received).toEqual([])
  })

  test('431 for a head over 16 KiB, and for more than 100 fields', async () => {
    const origin = await startOrigin()
    const { port } = await startTandem(upstream(origin.address))
    const fields = Array.from({ length: 101 }, (_, i) => `X-${i}: 1\r\n`).join('')
    expect(await rawCall(port, `GET / HTTP/1.1\r\nHost: t\r\n${fields}\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
    expect(await rawCall(port, `GET / HTTP/1.1\r\nHost: t\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
    expect(origin.received).toEqual([])
  })

  test.each(['/a\\b', '/a%5Cb', '/a%00', '/%252e%252e/x', '/a/..;x/b', '/%c0%ae', '/%ff', '/%zz', '/a%0ab'])(
    'an ambiguous path: %s',
    async (path) => {
      const origin = await startOrigin()
      const { port } = await startTandem(upstream(origin.address))
      const answer = await rawCall(port, `GET ${path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*x-tandem-flags: DPE/i)
      expect(origin.received).toEqual([])
    },
  )

  test('a lenient listener sends ambiguous paths on untouched', async () => {
    const origin = await startOrigin()
    const listeners = 'listeners: [{ name: outbound, address: "127.0.0.1:0", paths: lenient }]'
    const { port } = await startTandem(upstream(origin.address), { listeners })
    await rawCall(port, 'GET /a%5Cb/%252e HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n')
    expect(origin.received[0]?.url).toBe('/a%5Cb/%252e')
  })
})

test('a HEAD gets the head of a problem only', async () => {
  const { port } = await startTandem('routes: []')
  const answer = await rawCall(port, 'HEAD / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  expect(answer.endsWith('\r\n\r\n')).toBe(true)
})

test('a kept-alive upstream connection that was closed meanwhile costs an idempotent call nothing', async () => {
  let served = 0
  const address = await startRawOrigin((socket) => {
    socket.on('data', () => {
      served++
      socket.write(reply('ok'))
      if (served === 1) socket.end()
    })
  })
  const { port } = await startTandem(upstream(address))
  expect((await httpCall(port)).status).toBe(200)
  expect((await httpCall(port)).status).toBe(200)
})
