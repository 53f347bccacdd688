import { connect as connectHttp2 } from 'node:http2'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect, createSecureContext, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Exchange } from '../../../proxy/http/exchange.ts'
import { defaultServerLimits } from '../../../proxy/http/server-connection.ts'
import { echo } from '../../harness/echo.ts'
import { startListener } from '../../harness/http1-listener.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import {
  type Credentials,
  extendedKeyUsage,
  KeyUsageFlags,
  type MeshIdentity,
  type SvidChanges,
  TestAuthority,
} from '../../harness/mesh-identity.ts'
import { RawConnection, rawCall } from '../../harness/raw-call.ts'

const plain = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const closing = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

let authority: TestAuthority
let inventory: MeshIdentity

beforeAll(async () => {
  authority = await TestAuthority.create()
  inventory = await authority.identity('inventory')
})

interface Caller {
  readonly socket: TLSSocket
  /** Resolves with all that was read once the connection is closed. */
  readonly closed: Promise<string>
}

/** @param credentials null to present none. */
async function openTls(port: number, credentials: Credentials | null, options: ConnectionOptions = {}): Promise<Caller> {
  const secureContext = createSecureContext(credentials ?? {})
  const socket = connect({ host: '127.0.0.1', port, secureContext, rejectUnauthorized: false, ...options })
  let text = ''
  const ended = Promise.withResolvers<string>()
  socket.on('data', (chunk: Buffer) => void (text += chunk.toString('latin1')))
  socket.on('error', () => undefined)
  socket.on('close', () => ended.resolve(text))
  const secured = new Promise<void>((resolve) => socket.once('secureConnect', () => resolve()))
  onTestFinished(() => void socket.destroy())
  await Promise.race([secured, ended.promise])
  return { socket, closed: ended.promise }
}

async function answerTo(port: number, credentials: Credentials, options: ConnectionOptions = {}): Promise<string> {
  const { socket, closed } = await openTls(port, credentials, options)
  socket.write(closing)
  return closed
}

test('a caller with a good certificate is served, and the exchange says who it is', async () => {
  const exchanges: Exchange[] = []
  const onExchange = (exchange: Exchange) => {
    exchanges.push(exchange)
    echo(exchange)
  }
  const { port, refused } = await startListener(onExchange, { mtls: 'strict', identity: inventory })
  expect(await answerTo(port, await authority.issue('checkout'))).toContain('HTTP/1.1 200 OK')
  expect(exchanges[0]?.scheme).toBe('https')
  expect(exchanges[0]?.peer).toMatchObject({ id: authority.idOf('checkout'), localId: authority.idOf('inventory') })
  expect(exchanges[0]?.callerAddress).toBe('127.0.0.1')
  expect(refused).toEqual([])
})

test('a chain with an intermediate is followed', async () => {
  const { port } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const below = await authority.withIntermediate()
  expect(await answerTo(port, await below.issue('checkout'))).toContain(' 200 OK')
})

const hourMs = 3_600_000
const otherId = 'spiffe://mesh.local/ns/shop/sa/second'

const badCertificates: readonly (readonly [title: string, reason: RegExp, changes: SvidChanges])[] = [
  ['expired', /expired/, { validFromMs: -2 * hourMs, validForMs: hourMs }],
  ['not yet valid', /not valid before/, { validFromMs: hourMs }],
  ['of another trust domain', /other trust domain|another trust domain/, { uris: ['spiffe://other.test/ns/shop/sa/checkout'] }],
  ['without any name', /no SPIFFE id/, { uris: [] }],
  ['with two URI names', /2 URI names/, { uris: ['spiffe://mesh.local/ns/shop/sa/checkout', otherId] }],
  ['with a DNS name only', /no SPIFFE id, only other names/, { uris: [], dns: ['checkout.shop.svc'] }],
  ['with a URI that is no SPIFFE id', /no SPIFFE id/, { uris: ['https://mesh.local/ns/shop/sa/checkout'] }],
  ['of an authority (CA:TRUE)', /CA:TRUE/, { ca: true }],
  ['without digitalSignature', /key usage|handshake failed/, { keyUsages: KeyUsageFlags.keyAgreement }],
  ['that may sign certificates', /keyCertSign/, { keyUsages: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign }],
  ['for servers only', /clientAuth/, { extendedKeyUsages: [extendedKeyUsage.server] }],
]

test.each(badCertificates)('a certificate %s is refused, with the reason in the log', async (_title, reason, changes) => {
  const { port, refusals, malformed } = await startListener(echo, { mtls: 'strict', identity: inventory })
  expect(await answerTo(port, await authority.issue('checkout', changes))).toBe('')
  expect((await refusals(1))[0]).toMatch(reason)
  expect(malformed.map(({ facts }) => facts)).toMatchObject([{ status: 0, callerAddress: '127.0.0.1' }])
})

test('a certificate of another authority is refused, whatever it says', async () => {
  const { port, refusals } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const stranger = await TestAuthority.create()
  expect(await answerTo(port, await stranger.issue('checkout'))).toBe('')
  expect((await refusals(1))[0]).toContain('does not lead to a root of the trust bundle')
})

test('a caller without a certificate is refused', async () => {
  const { port, refusals } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const { closed } = await openTls(port, null)
  expect(await closed).toBe('')
  expect(await refusals(1)).toEqual(['the caller presented no certificate'])
})

test('TLS 1.2 is refused', async () => {
  const { port, refusals } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const { socket } = await openTls(port, await authority.issue('checkout'), { maxVersion: 'TLSv1.2', secureContext: undefined } as never)
  expect(socket.authorized).toBe(false)
  expect((await refusals(1))[0]).toContain('handshake failed')
})

test('strict: plain text is closed without a word and counted', async () => {
  const { port, refusals, malformed } = await startListener(echo, { mtls: 'strict', identity: inventory })
  expect(await rawCall(port, plain).catch(() => '')).toBe('')
  expect((await refusals(1))[0]).toContain('plain text')
  expect(malformed[0]?.error.facts.flag).toBe('DPE')
})

test('permissive: plain text and mTLS on one port, and only mTLS has an identity', async () => {
  const peers: (string | undefined)[] = []
  const onExchange = (exchange: Exchange) => {
    peers.push(exchange.peer?.id)
    echo(exchange)
  }
  const { port, refused } = await startListener(onExchange, { mtls: 'permissive', identity: inventory })
  expect(await rawCall(port, closing)).toContain(' 200 OK')
  expect(await answerTo(port, await authority.issue('checkout'))).toContain(' 200 OK')
  expect(peers).toEqual([undefined, authority.idOf('checkout')])
  expect(refused).toEqual([])
})

test('permissive: HTTP/2 by prior knowledge in plain text', async () => {
  const { port } = await startListener(echo, { mtls: 'permissive', identity: inventory })
  expect(await http2Text(connectHttp2(`http://127.0.0.1:${port}`))).toContain('"protocol":"HTTP/2"')
})

test('permissive: a bad certificate is refused, not taken for plain text', async () => {
  const { port, refusals } = await startListener(echo, { mtls: 'permissive', identity: inventory })
  expect(await answerTo(port, await authority.issue('checkout', { uris: [] }))).toBe('')
  expect((await refusals(1))[0]).toContain('no SPIFFE id')
})

test('HTTP/2 over mTLS', async () => {
  const exchanges: Exchange[] = []
  const onExchange = (exchange: Exchange) => {
    exchanges.push(exchange)
    echo(exchange)
  }
  const { port } = await startListener(onExchange, { mtls: 'strict', identity: inventory })
  const { socket } = await openTls(port, await authority.issue('checkout'), { ALPNProtocols: ['h2', 'http/1.1'] })
  expect(socket.alpnProtocol).toBe('h2')
  const text = await http2Text(connectHttp2('https://inventory', { createConnection: () => socket }))
  expect(text).toContain('"protocol":"HTTP/2"')
  expect(exchanges[0]).toMatchObject({ scheme: 'https', peer: { id: authority.idOf('checkout') } })
})

function http2Text(session: ReturnType<typeof connectHttp2>): Promise<string> {
  onTestFinished(() => session.destroy())
  return new Promise((resolve, reject) => {
    session.on('error', reject)
    const stream = session.request({ ':path': '/two' })
    let text = ''
    stream.on('data', (chunk) => (text += String(chunk)))
    stream.on('end', () => resolve(text))
    stream.on('error', reject)
  })
}

test('a session is not resumed: who connects again shows its certificate again', async () => {
  const identity = await authority.identity('inventory')
  const { port, refusals } = await startListener(echo, { mtls: 'strict', identity })
  const credentials = await authority.issue('checkout')
  const first = await openTls(port, credentials)
  const [session] = (await once(first.socket, 'session')) as [Buffer]
  const second = await openTls(port, credentials, { session })
  expect(second.socket.isSessionReused()).toBe(false)
  identity.trust(await TestAuthority.create())
  const third = await openTls(port, credentials, { session })
  third.socket.write(closing)
  expect(await third.closed).toBe('')
  expect((await refusals(1))[0]).toContain('does not lead to a root')
})

test('new connections are shown the renewed certificate, and old ones live on', async () => {
  const identity = await authority.identity('inventory')
  const { port } = await startListener(echo, { mtls: 'strict', identity })
  const credentials = await authority.issue('checkout')
  const old = await openTls(port, credentials)
  const shownBefore = old.socket.getPeerX509Certificate()?.fingerprint256
  identity.renew(await authority.issue('inventory'))
  const fresh = await openTls(port, credentials)
  expect(fresh.socket.getPeerX509Certificate()?.fingerprint256).not.toBe(shownBefore)
  old.socket.write(closing)
  expect(await old.closed).toContain(' 200 OK')
})

test('a connection serves no longer than the certificates it was opened with', async () => {
  const clock = new ManualClock(Date.now())
  const { port } = await startListener(echo, { mtls: 'strict', identity: inventory, clock })
  const { socket, closed } = await openTls(port, await authority.issue('checkout', { validForMs: 120_000 }))
  socket.write(plain)
  await once(socket, 'data')
  clock.advance(121_000)
  expect(await closed).not.toContain('Connection: close')
  expect(clock.pending).toBe(0)
})

test('a workload without a certificate lets nobody in and says why', async () => {
  const identity = await authority.identity('inventory')
  identity.lose('the control plane cannot be reached')
  const { port, refusals } = await startListener(echo, { mtls: 'strict', identity })
  const { closed } = await openTls(port, await authority.issue('checkout'))
  expect(await closed).toBe('')
  expect(await refusals(1)).toEqual(['this workload has no certificate (the control plane cannot be reached)'])
})

test('a handshake that does not end in time is cut off', async () => {
  const clock = new ManualClock()
  const { port, listener, refusals } = await startListener(echo, { mtls: 'strict', identity: inventory, clock })
  const caller = new RawConnection(port)
  caller.write('\x16\x03\x01\x02\x00')
  const proof = await openTls(port, await authority.issue('checkout'))
  proof.socket.write(closing)
  await proof.closed
  clock.advance(defaultServerLimits.headTimeoutMs)
  await caller.closed()
  expect((await refusals(1))[0]).toContain('did not end within 15000 ms')
  expect(listener.active).toBe(0)
})

test('a caller that leaves within the handshake is noticed at once', async () => {
  const { port, refusals } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const caller = new RawConnection(port)
  caller.write('\x16\x03\x01\x02\x00')
  caller.socket.end()
  await caller.closed()
  expect(await refusals(1)).toEqual(['the caller closed the connection within the TLS handshake'])
})

test('what is no TLS after its first byte is refused', async () => {
  const { port, refusals } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const caller = new RawConnection(port)
  caller.write('\x16GET / HTTP/1.1\r\n\r\n')
  await caller.closed()
  expect((await refusals(1))[0]).toContain('handshake failed')
})

test('a caller that leaves without a byte is nobody worth a line', async () => {
  const { port, refused, listener } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const socket = connectTcp(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.end()
  await once(socket.resume(), 'close')
  expect([refused, listener.active]).toEqual([[], 0])
})

test('the log says at most twenty refusals in ten seconds, and how many it left out', async () => {
  const clock = new ManualClock()
  const { port, refused, malformed } = await startListener(echo, { mtls: 'strict', identity: inventory, clock })
  const knock = () => rawCall(port, plain).catch(() => '')
  for (let i = 0; i < 25; i++) await knock()
  expect([refused.length, malformed.length]).toEqual([20, 25])
  clock.advance(10_000)
  await knock()
  expect(refused).toHaveLength(21)
})

test('a port that stays takes over a change of mtls for new connections', async () => {
  const { port, listener, refusals } = await startListener(echo, { mtls: 'permissive', identity: inventory })
  const old = new RawConnection(port)
  old.write(plain)
  await old.until('}')
  listener.reconfigure({ name: 'test', address: '127.0.0.1:0', paths: 'strict', inbound: { app: '127.0.0.1:1', mtls: 'strict' } })
  expect(await rawCall(port, plain).catch(() => '')).toBe('')
  expect((await refusals(1))[0]).toContain('plain text')
})

test('a reply that is cut off is not taken for a whole one', async () => {
  const { port } = await startListener(
    ({ reply }) => {
      reply.start(200, [])
      reply.write(Buffer.from('part'))
      reply.abort(new Error('broken') as never)
    },
    { mtls: 'strict', identity: inventory },
  )
  const { socket, closed } = await openTls(port, await authority.issue('checkout'))
  const failed = once(socket, 'error')
  socket.write('GET / HTTP/1.0\r\n\r\n')
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }])
  await closed
})

test('a record that cannot be read ends the connection', async () => {
  const { port } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const below = connectTcp(port, '127.0.0.1')
  const { socket, closed } = await openTls(port, await authority.issue('checkout'), { socket: below })
  socket.write(plain)
  await once(socket, 'data')
  below.write('\x17\x03\x03\x00\x05wrong')
  expect(await closed).toContain(' 200 OK')
})

test('closing the listener ends handshakes and served connections', async () => {
  const { port, listener } = await startListener(echo, { mtls: 'strict', identity: inventory })
  const served = await openTls(port, await authority.issue('checkout'))
  const half = new RawConnection(port)
  half.write('\x16\x03\x01\x02\x00')
  await listener.close()
  await Promise.all([served.closed, half.closed()])
  expect(listener.active).toBe(0)
})
