import { describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { RawConnection, rawCall } from '../harness/raw-call.ts'
import { saying, startRawOrigin } from '../harness/raw-origin.ts'
import { startTandem, type TandemOptions } from '../harness/tandem.ts'

function forwarding(address: string, route = '{ name: r, forward: u }', options: TandemOptions = {}) {
  return startTandem(`upstreams: { u: { endpoints: ["${address}"] } }\nroutes: [${route}]`, options)
}

/** What the origin got, but for what the sidecar itself adds. */
function sentBy(rawHeaders: readonly string[]): string[] {
  const own = new Set(['traceparent', 'x-request-id', 'x-tandem-timeout-ms'])
  return rawHeaders.filter((_, i) => !own.has((rawHeaders[i - (i % 2)] as string).toLowerCase()))
}

describe('what the upstream gets', () => {
  test('fields in their case and order, without those of the connection', async () => {
    const origin = await startOrigin()
    const { port } = await forwarding(origin.address)
    const fields =
      'X-First: 1\r\nHOST: t.test\r\nx-sEcond:  two \r\nConnection: close, X-Hop\r\nX-Hop: gone\r\nKeep-Alive: timeout=5\r\nX-First: again\r\n'
    await rawCall(port, `POST /a?b=c HTTP/1.1\r\n${fields}Content-LENGTH: 3\r\nX-Last: z\r\n\r\nabc`)
    const [request] = origin.received
    expect(sentBy(request?.rawHeaders ?? []).filter((_, i, all) => all[i - (i % 2)]?.toLowerCase() !== 'connection')).toEqual([
      'X-First',
      '1',
      'HOST',
      't.test',
      'x-sEcond',
      'two',
      'X-First',
      'again',
      'Content-LENGTH',
      '3',
      'X-Last',
      'z',
    ])
    expect([request?.method, request?.url, request?.body.toString()]).toEqual(['POST', '/a?b=c', 'abc'])
  })

  test('chunked bodies with their trailers, without chunk extensions', async () => {
    const origin = await startOrigin()
    const { port } = await forwarding(origin.address)
    await rawCall(
      port,
      'POST / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n',
    )
    expect(origin.received[0]?.body.toString()).toBe('abcde')
    expect(origin.received[0]?.trailers).toEqual({ 'x-sum': '5' })
  })

  test('the host that the port is pinned to', async () => {
    const origin = await startOrigin()
    const listeners = 'listeners: [{ name: outbound, address: "127.0.0.1:0", host: orders.shop.internal }]'
    const { port } = await forwarding(origin.address, '{ name: r, match: { host: orders.shop.internal }, forward: u }', { listeners })
    expect((await httpCall(port, { headers: { host: `localhost:${port}` } })).status).toBe(200)
    expect(origin.received[0]?.headers.host).toBe('orders.shop.internal')
  })

  test('the origin form of an absolute-form target, routed by its host', async () => {
    const origin = await startOrigin()
    const { port } = await forwarding(origin.address, '{ name: r, match: { host: proxied.test }, forward: u }')
    const answer = await rawCall(
      port,
      'GET http://proxied.test/x?y HTTP/1.1\r\nHost: proxied.test\r\nProxy-Connection: keep-alive\r\nConnection: close\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(origin.received[0]?.url).toBe('/x?y')
    expect(origin.received[0]?.headers).toMatchObject({ host: 'proxied.test' })
    expect(origin.received[0]?.headers).not.toHaveProperty('proxy-connection')
  })

  test('the normalised path that was matched', async () => {
    const origin = await startOrigin()
    const { port } = await forwarding(origin.address, '{ name: r, match: { pathPrefix: /a }, forward: u }')
    expect((await httpCall(port, { path: '/x/..//a/%7Euser/%2f?q=%2e%2e' })).status).toBe(200)
    expect(origin.received[0]?.url).toBe('/a/~user/%2F?q=%2e%2e')
  })

  test('the method, path, host and fields that the destination asks for', async () => {
    const origin = await startOrigin()
    const headers = '{ set: { x-a: new }, add: { x-b: more }, remove: [x-c] }'
    const route = `{ name: r, match: { pathPrefix: /v1 }, forward: { upstream: u, method: PUT, pathPrefix: /v2, host: other.test, headers: ${headers} } }`
    const { port } = await forwarding(origin.address, route)
    await httpCall(port, { method: 'POST', path: '/v1/items?q=1', headers: { 'x-a': 'old', 'x-b': 'one', 'x-c': 'gone' }, body: 'x' })
    const [request] = origin.received
    expect([request?.method, request?.url, request?.headers.host]).toEqual(['PUT', '/v2/items?q=1', 'other.test'])
    expect(request?.headers).toMatchObject({ 'x-a': 'new', 'x-b': 'one, more' })
    expect(request?.headers).not.toHaveProperty('x-c')
  })

  test('the body that an expression makes of the one that came', async () => {
    const origin = await startOrigin()
    const { port } = await forwarding(
      origin.address,
      `{ name: r, forward: { upstream: u, body: '{ "id": order.id, "n": $count(items) }' } }`,
    )
    await httpCall(port, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"order":{"id":7},"items":[1,2]}' })
    expect(origin.received[0]?.body.toString()).toBe('{"id":7,"n":2}')
    expect(origin.received[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '14' })
  })

  test('what is left of the time', async () => {
    const origin = await startOrigin()
    const { port } = await forwarding(origin.address, '{ name: r, timeout: 2s, forward: u }')
    await httpCall(port)
    await httpCall(port, { headers: { 'x-tandem-timeout-ms': '500' } })
    const left = origin.received.map(({ headers }) => Number(headers['x-tandem-timeout-ms']))
    expect(left[0]).toBeGreaterThan(1_000)
    expect(left[0]).toBeLessThanOrEqual(2_000)
    expect(left[1]).toBeLessThanOrEqual(500)
  })
})

describe('what the caller gets', () => {
  test('status, reason, fields in case and order, and trailers, as the upstream sent them', async () => {
    const address = await startRawOrigin(
      saying(
        'HTTP/1.1 299 Fine By Me\r\nX-One: 1\r\nsEt-cookie: a\r\nSet-Cookie: b\r\nConnection: X-Hop\r\nX-Hop: gone\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 2\r\n\r\n',
      ),
    )
    const { port } = await forwarding(address)
    const answer = await rawCall(port, 'GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nTE: trailers\r\n\r\n')
    const [head = '', body] = answer.split('\r\n\r\n')
    expect(head.split('\r\n').filter((line) => !/^(connection|transfer-encoding)/i.test(line))).toEqual([
      'HTTP/1.1 299 Fine By Me',
      'X-One: 1',
      'sEt-cookie: a',
      'Set-Cookie: b',
    ])
    expect(body).toBe('2\r\nhi\r\n0\r\nX-Sum: 2')
  })

  test('no body with HEAD, 204 and 304, and the connection goes on', async () => {
    const origin = await startOrigin((response, { method, url }) => {
      if (url === '/204') response.writeHead(204).end()
      else if (url === '/304') response.writeHead(304, { etag: '"x"' }).end()
      else response.writeHead(200, { 'content-length': '5' }).end(method === 'HEAD' ? undefined : 'hello')
    })
    const { port } = await forwarding(origin.address)
    const connection = new RawConnection(port)
    connection.write(
      'HEAD /head HTTP/1.1\r\nHost: t\r\n\r\nGET /204 HTTP/1.1\r\nHost: t\r\n\r\nGET /304 HTTP/1.1\r\nHost: t\r\n\r\nGET /last HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n',
    )
    const answers = await connection.closed()
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 304', 'HTTP/1.1 200'])
    expect(answers.endsWith('hello')).toBe(true)
    expect(answers.match(/hello/g)).toHaveLength(1)
  })

  test('answers to pipelined calls in order, however long each takes', async () => {
    const held: (() => void)[] = []
    const origin = await startOrigin((response, { url }) => {
      if (url === '/0') held.push(() => response.end('first'))
      else response.end(`then ${url}`)
      if (url === '/0') held[0]?.()
    })
    const { port } = await forwarding(origin.address)
    const calls = Array.from({ length: 50 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: t\r\n${i === 49 ? 'Connection: close\r\n' : ''}\r\n`)
    const answers = await rawCall(port, calls.join(''))
    expect(answers.match(/first|then \/\d+/g)).toEqual(['first', ...Array.from({ length: 49 }, (_, i) => `then /${i + 1}`)])
  })

  test('100 only from the upstream, and 103 before the answer', async () => {
    const address = await startRawOrigin((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n')
        socket.once('data', (body) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body.toString()}`))
      })
    })
    const { port } = await forwarding(address)
    const connection = new RawConnection(port)
    connection.write('POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n')
    const interim = await connection.until('100 Continue\r\n\r\n')
    expect(interim).toMatch(/^HTTP\/1\.1 103 [^\r]*\r\nLink: <\/a\.css>\r\n\r\nHTTP\/1\.1 100 Continue\r\n\r\n$/)
    connection.write('body')
    expect(await connection.closed()).toMatch(/HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\nbody$/)
  })

  test('each piece of a long answer when it comes (server-sent events)', async () => {
    let more: () => void = () => undefined
    const origin = await startOrigin((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      more = () => response.end('data: 2\n\n')
    })
    const { port } = await forwarding(origin.address)
    const connection = new RawConnection(port)
    connection.write('GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n')
    await connection.until('data: 1\n\n')
    more()
    expect(await connection.until('data: 2\n\n')).toContain('data: 1\n\n')
  })

  test('an HTTP/1.0 answer ends with the connection and is never chunked', async () => {
    const address = await startRawOrigin(saying('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'))
    const { port } = await forwarding(address)
    const answer = await rawCall(port, 'GET / HTTP/1.0\r\n\r\n')
    expect(answer).not.toMatch(/transfer-encoding/i)
    expect(answer.endsWith('\r\n\r\nhi')).toBe(true)
  })
})

describe('upgrades', () => {
  test('bytes pass both ways after the 101, early ones too', async () => {
    const address = await startRawOrigin((socket) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString()
        const [head, rest] = text.split('\r\n\r\n')
        if (rest === undefined) return
        if (head !== '')
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nhello ',
          )
        text = '\r\n\r\n'
        socket.write(rest.toUpperCase())
      })
    })
    const { port } = await forwarding(address)
    const connection = new RawConnection(port)
    connection.write('GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n')
    const head = await connection.until('hello ')
    expect(head).toMatch(/^HTTP\/1\.1 101 [\s\S]*upgrade: websocket/i)
    connection.write('ping')
    await connection.until('PING')
  })

  test('an upstream that does not switch gives its answer', async () => {
    const origin = await startOrigin((response) => void response.writeHead(426, { 'content-length': '2' }).end('no'))
    const { port } = await forwarding(origin.address)
    const answer = await rawCall(port, 'GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 426 [\s\S]*no$/)
  })
})

test('kept-alive connections to the upstream are used again', async () => {
  const origin = await startOrigin()
  const { port } = await forwarding(origin.address)
  for (let i = 0; i < 5; i++) await httpCall(port)
  expect(origin.connections.size).toBe(1)
})
