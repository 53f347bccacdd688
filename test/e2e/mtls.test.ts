import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { request } from 'undici'
import { beforeAll, describe, expect, test } from 'vitest'
import { getHeader } from '../../proxy/http/headers.ts'
import { httpCall } from '../harness/http-call.ts'
import { answerOf, call, openCaller, pseudo } from '../harness/http2-caller.ts'
import { startHttp2Origin } from '../harness/http2-origin.ts'
import { startCallee, startCaller, startMesh } from '../harness/mesh.ts'
import { TestAuthority } from '../harness/mesh-identity.ts'
import { startOrigin } from '../harness/origin.ts'
import { startCollector } from '../harness/otlp-collector.ts'
import { RawConnection } from '../harness/raw-call.ts'

let authority: TestAuthority

beforeAll(async () => {
  authority = await TestAuthority.create()
})

describe('from sidecar to sidecar', () => {
  test('a call arrives as it was sent, and the app learns who called', async () => {
    const callerIdentity = await authority.identity('checkout')
    const app = await startOrigin((response, { body }) => response.end(`got ${body.length}`))
    const callee = await startCallee(authority, app.address)
    const caller = await startCaller(authority, callee, '', { identity: callerIdentity })
    const body = 'x'.repeat(200_000)
    const answer = await httpCall(caller.port, { method: 'POST', path: '/stock?id=7', headers: { host: 'inventory.shop:81' }, body })
    expect(answer).toMatchObject({ status: 200, body: 'got 200000' })
    expect(app.received[0]).toMatchObject({ method: 'POST', url: '/stock?id=7', headers: { host: 'inventory.shop:81' } })
    const hash = createHash('sha256').update(new X509Certificate(callerIdentity.certificate).raw).digest('hex')
    const expected = `By=${authority.idOf('inventory')};Hash=${hash};URI=${authority.idOf('checkout')}`
    expect(app.received[0]?.headers['x-forwarded-client-cert']).toBe(expected)
  })

  test('connections are kept alive: a hundred calls, one handshake', async () => {
    const { app, callee, caller } = await startMesh(authority)
    for (let i = 0; i < 100; i++) await httpCall(caller.port)
    expect(app.received).toHaveLength(100)
    const { body } = await request(`${caller.admin}/upstreams`)
    expect(await body.json()).toMatchObject([{ name: 'inventory', bulkhead: { connections: { used: 1 } } }])
    const upstreams = (await (await request(`${callee.admin}/upstreams`)).body.json()) as { name: string; role: string }[]
    expect(upstreams.map(({ name, role }) => `${role} ${name}`)).toEqual(['inbound inbound', 'inbound inbound/http2'])
  })

  test.each(['http2', 'auto'])('protocol: %s carries calls over HTTP/2 and the app still speaks HTTP/1.1', async (protocol) => {
    const app = await startOrigin()
    const callee = await startCallee(authority, app.address)
    const caller = await startCaller(authority, callee, `protocol: ${protocol}`)
    const answers = await Promise.all(Array.from({ length: 10 }, () => httpCall(caller.port)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    const [line] = await callee.accessLog()
    expect(line).toMatchObject({ protocol: 'HTTP/2', route: 'inbound', action: 'forward' })
  })

  test('gRPC goes through both, trailers and all', async () => {
    const app = await startHttp2Origin((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.resume().on('end', () => stream.end('message'))
    })
    const callee = await startCallee(authority, `127.0.0.1:${app.port}`)
    const caller = await startCaller(authority, callee, 'protocol: http2')
    const session = await openCaller(caller.port)
    const fields = [...pseudo('POST', '/shop.Stock/Get'), 'content-type', 'application/grpc', 'te', 'trailers']
    expect(await call(session, fields, 'question')).toMatchObject({ status: 200, body: 'message', trailers: ['grpc-status', '0'] })
  })

  test('a refused gRPC caller gets a gRPC status', async () => {
    const { callee } = await startMesh(authority, { inbound: `allow: [{ from: "${authority.idOf('billing')}" }]` })
    const caller = await startCaller(authority, callee, 'protocol: http2')
    const session = await openCaller(caller.port)
    const stream = session.request([...pseudo('POST', '/shop.Stock/Get'), 'content-type', 'application/grpc', 'te', 'trailers'])
    const { headers, status } = await answerOf(stream.end())
    expect([status, getHeader(headers, 'grpc-status')]).toEqual([200, '7'])
  })

  test('an upgraded connection goes through', async () => {
    const server = createServer()
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const callee = await startCallee(authority, `127.0.0.1:${port}`)
    const caller = await startCaller(authority, callee)
    const connection = new RawConnection(caller.port)
    connection.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    await connection.until('101')
    connection.write('there and back')
    expect(await connection.until('there and back')).toContain('Upgrade: echo')
    connection.socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('whom the caller reaches', () => {
  test('an upstream of another identity gets no call', async () => {
    const app = await startOrigin()
    const callee = await startCallee(authority, app.address, { identity: await authority.identity('billing') })
    const caller = await startCaller(authority, callee)
    const { status, headers, body } = await httpCall(caller.port)
    expect([status, headers['x-tandem-flags']]).toEqual([503, 'UF'])
    expect((JSON.parse(body) as { detail: string }).detail).toContain(
      `expected ${authority.idOf('inventory')}, found ${authority.idOf('billing')}`,
    )
    expect(app.received).toHaveLength(0)
  })

  test('an upstream of another authority gets no call', async () => {
    const stranger = await TestAuthority.create()
    const callee = await startCallee(authority, (await startOrigin()).address, { identity: await stranger.identity('inventory') })
    const { status, body } = await httpCall((await startCaller(authority, callee)).port)
    expect(status).toBe(503)
    expect(body).toContain('does not lead to a root of the trust bundle')
  })

  test('without a certificate of its own the caller says so, and sends as soon as it has one', async () => {
    const identity = await authority.identity('checkout')
    identity.lose('no certificate yet: the control plane cannot be reached')
    const callee = await startCallee(authority, (await startOrigin()).address)
    const caller = await startCaller(authority, callee, '', { identity })
    const refused = await httpCall(caller.port)
    expect([refused.status, refused.headers['x-tandem-flags']]).toEqual([503, 'UF'])
    expect(refused.body).toContain('the control plane cannot be reached')
    identity.renew(await authority.issue('checkout'))
    expect((await httpCall(caller.port)).status).toBe(200)
  })
})

describe('change of certificates', () => {
  test('renewal on both sides fails no call, and connections that stand are kept', async () => {
    const [checkout, inventory] = await Promise.all([authority.identity('checkout'), authority.identity('inventory')])
    let together = 0
    const held: ServerResponse[] = []
    const app = await startOrigin((response) => {
      held.push(response)
      if (held.length === together) for (const one of held.splice(0)) one.end()
    })
    const callee = await startCallee(authority, app.address, { identity: inventory })
    const caller = await startCaller(authority, callee, '', { identity: checkout })
    const statuses: number[] = []
    for (together = 2; together <= 10; together += 2) {
      const answers = await Promise.all(Array.from({ length: together }, () => httpCall(caller.port)))
      statuses.push(...answers.map(({ status }) => status))
      checkout.renew(await authority.issue('checkout'))
      inventory.renew(await authority.issue('inventory'))
    }
    expect(new Set(statuses)).toEqual(new Set([200]))
    const hashes = new Set(app.received.map(({ headers }) => headers['x-forwarded-client-cert']))
    expect(hashes.size).toBe(5)
  })

  test('the root is changed with both trusted for a while, and no call fails', async () => {
    const next = await TestAuthority.create()
    const [checkout, inventory] = await Promise.all([authority.identity('checkout'), authority.identity('inventory')])
    const callee = await startCallee(authority, (await startOrigin()).address, { identity: inventory })
    const ask = async () => {
      const caller = await startCaller(authority, callee, '', { identity: checkout })
      return (await httpCall(caller.port)).status
    }
    const steps = [
      async () => inventory.trust(authority, next),
      async () => checkout.trust(authority, next),
      async () => inventory.renew(await next.issue('inventory')),
      async () => checkout.renew(await next.issue('checkout')),
      async () => inventory.trust(next),
      async () => checkout.trust(next),
    ]
    const statuses = [await ask()]
    for (const step of steps) {
      await step()
      statuses.push(await ask())
    }
    expect(statuses).toEqual(steps.map(() => 200).concat(200))
  })
})

test('spans and log carry both identities', async () => {
  const collector = await startCollector()
  const bootstrap = `tracing: { otlp: "${collector.url}", sample: 100 }`
  const app = await startOrigin()
  const callee = await startCallee(authority, app.address, { bootstrap })
  const caller = await startCaller(authority, callee, '', { bootstrap })
  await httpCall(caller.port)
  const [line] = await callee.accessLog()
  expect(line).toMatchObject({ kind: 'call', route: 'inbound', upstream: 'inbound', identity: authority.idOf('checkout') })
  const [own] = await caller.accessLog()
  expect(own).not.toHaveProperty('identity')
  const of = (kind: number, peer: string) =>
    collector.spans.find((span) => span.kind === kind && span.attributes['tandem.peer.id'] === peer)
  const sent = of(3, authority.idOf('inventory'))
  const received = of(2, authority.idOf('checkout'))
  expect(sent?.attributes).toMatchObject({ 'tandem.local.id': authority.idOf('checkout'), 'tandem.upstream': 'inventory' })
  expect(received?.attributes).toMatchObject({ 'tandem.local.id': authority.idOf('inventory'), 'url.scheme': 'https' })
  expect(received).toMatchObject({ traceId: sent?.traceId, parentSpanId: sent?.spanId })
})
