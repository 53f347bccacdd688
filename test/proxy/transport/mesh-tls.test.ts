import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { createConnect } from '../../../proxy/transport/connect.ts'
import type { ConnectOptions, Connection } from '../../../proxy/transport/connection.ts'
import { WatchingOwner } from '../../harness/http2-connection.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { type Credentials, extendedKeyUsage, type MeshIdentity, TestAuthority } from '../../harness/mesh-identity.ts'
import { saying } from '../../harness/raw-origin.ts'
import { record } from '../../harness/recorded-call.ts'

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

let authority: TestAuthority
let checkout: MeshIdentity

beforeAll(async () => {
  authority = await TestAuthority.create()
  checkout = await authority.identity('checkout')
})

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Asks for a client certificate and answers every call. */
function workload(credentials: Credentials, serve: (socket: Socket) => void = saying(answer)): Promise<number> {
  const server = createTlsServer({ ...credentials, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3' }, (socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  return listening(server)
}

interface Attempt {
  readonly port: number
  readonly identity?: MeshIdentity
  readonly host?: string
}

function open(
  { port, identity = checkout, host = '127.0.0.1' }: Attempt,
  owner = new WatchingOwner(),
  clock = systemClock,
): Promise<Connection> {
  const tls = { identity, peerId: authority.idOf('inventory') }
  const options: ConnectOptions = { upstream: 'inventory', host, port, protocol: 'http1', tls, connectTimeoutMs: 0 }
  return new Promise((resolve, reject) => {
    const opened = (connection: Connection) => {
      onTestFinished(() => connection.destroy(new ProxyError('draining')))
      resolve(connection)
    }
    createConnect(clock)(options, owner, opened, reject)
  })
}

test('both sides show their certificates, and the connection says who the peer is', async () => {
  const shown: (string | undefined)[] = []
  const port = await workload(await authority.issue('inventory'), (socket) => {
    shown.push((socket as unknown as { getPeerX509Certificate(): { subjectAltName?: string } }).getPeerX509Certificate().subjectAltName)
    saying(answer)(socket)
  })
  const connection = await open({ port })
  expect(connection.peer).toMatchObject({ id: authority.idOf('inventory'), localId: authority.idOf('checkout') })
  const call = record(connection.dispatch)
  await call.ended
  expect(call.body).toBe('ok')
  expect(shown).toEqual([`URI:${authority.idOf('checkout')}`])
})

test('the host name does not matter, the identity does', async () => {
  const port = await workload(await authority.issue('inventory', { dns: ['other.test'] }))
  expect((await open({ port, host: 'localhost' })).peer?.id).toBe(authority.idOf('inventory'))
})

test('a server with a name, but no SPIFFE id, is refused', async () => {
  const port = await workload(await authority.issue('inventory', { uris: [], dns: ['localhost'] }))
  await expect(open({ port, host: 'localhost' })).rejects.toMatchObject({
    code: 'connect_failed',
    detail: expect.stringContaining(`expected ${authority.idOf('inventory')}, found a certificate that is refused`),
  })
})

test.each([
  ['of another workload', async () => authority.issue('billing'), 'found spiffe://mesh.local/ns/shop/sa/billing'],
  ['of another authority', async () => (await TestAuthority.create()).issue('inventory'), 'does not lead to a root'],
  ['of another trust domain', async () => (await TestAuthority.create('other.test')).issue('inventory'), 'trust domain'],
  ['that has expired', async () => authority.issue('inventory', { validFromMs: -7_200_000 }), 'expired'],
  ['for clients only', async () => authority.issue('inventory', { extendedKeyUsages: [extendedKeyUsage.client] }), 'serverAuth'],
])('a certificate %s is refused with the reason', async (_title, issue, reason) => {
  const port = await workload(await issue())
  const detail = expect.stringContaining(reason)
  await expect(open({ port })).rejects.toMatchObject({ code: 'connect_failed', upstream: 'inventory', detail })
})

test('plain text where mTLS was expected is refused', async () => {
  const port = await listening(createServer((socket) => void socket.on('error', () => undefined).end(answer)))
  await expect(open({ port })).rejects.toMatchObject({ code: 'connect_failed' })
})

test('without a certificate nothing is opened, and that is told later and not from within', async () => {
  const identity = await authority.identity('checkout')
  identity.lose('no certificate yet')
  const port = await workload(await authority.issue('inventory'))
  let told = false
  const failed = open({ port, identity }).catch((error: unknown) => {
    told = true
    throw error
  })
  expect(told).toBe(false)
  await expect(failed).rejects.toMatchObject({ code: 'connect_failed', detail: expect.stringContaining('no certificate yet') })
})

test('an attempt without a certificate can be cancelled', async () => {
  const identity = await authority.identity('checkout')
  identity.lose('no certificate yet')
  let told = 0
  const tell = () => void told++
  const tls = { identity, peerId: authority.idOf('inventory') }
  const options = { upstream: 'inventory', host: '127.0.0.1', port: 1, protocol: 'http1', tls, connectTimeoutMs: 0 } as const
  createConnect(systemClock)(options, new WatchingOwner(), tell, tell)()
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toBe(0)
})

test('a connection takes no more calls shortly before a certificate ends', async () => {
  const clock = new ManualClock(Date.now())
  const owner = new WatchingOwner()
  const port = await workload(await authority.issue('inventory', { validFromMs: -1_000, validForMs: 61_000 }))
  const connection = await open({ port }, owner, clock)
  clock.advance(50_000)
  expect(connection.free).toBe(1)
  clock.advance(6_000)
  expect([connection.free, owner.closedCount]).toEqual([0, 1])
})

test('a connection that closes earlier leaves no timer behind', async () => {
  const clock = new ManualClock(Date.now())
  const owner = new WatchingOwner()
  const accepted = Promise.withResolvers<Socket>()
  const port = await workload(await authority.issue('inventory'), (socket) => accepted.resolve(socket))
  await open({ port }, owner, clock)
  expect(clock.pending).toBe(1)
  const socket = await accepted.promise
  socket.destroy()
  await once(socket, 'close')
  await owner.until(() => owner.closedCount === 1)
  await expect.poll(() => clock.pending).toBe(0)
})
