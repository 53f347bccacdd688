import { createServer as createHttp2Server } from 'node:http2'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { createSecureContext, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { createConnect } from '../../../proxy/transport/connect.ts'
import type { Connect, ConnectOptions, Connection } from '../../../proxy/transport/connection.ts'
import { certificateFiles, readCertificate } from '../../harness/certificates.ts'
import { WatchingOwner } from '../../harness/http2-connection.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { refusingAddress, saying, startRawOrigin } from '../../harness/raw-origin.ts'
import { record } from '../../harness/recorded-call.ts'

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const secureContext = createSecureContext({ ca: readCertificate(certificateFiles.ca) })

function portOf(address: string): number {
  return Number(address.split(':')[1])
}

const plainOptions: ConnectOptions = {
  upstream: 'catalog',
  host: '127.0.0.1',
  port: 0,
  protocol: 'http1',
  tls: null,
  connectTimeoutMs: 0,
}

function open(changes: Partial<ConnectOptions>, clock = systemClock): Promise<Connection> {
  return openBy(createConnect(clock), { ...plainOptions, ...changes })
}

function openBy(connect: Connect, options: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const opened = (connection: Connection) => {
      onTestFinished(() => connection.destroy(new ProxyError('draining')))
      resolve(connection)
    }
    connect(options, new WatchingOwner(), opened, reject)
  })
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Speaks HTTP/1.1 over TLS, whatever was negotiated. */
function tlsOrigin(ALPNProtocols: string[]): Promise<number> {
  const cert = readCertificate(certificateFiles.server.cert)
  const key = readCertificate(certificateFiles.server.key)
  const server = createTlsServer({ cert, key, ALPNProtocols }, (socket) => {
    socket.on('error', () => undefined)
    saying(answer)(socket)
  })
  return listening(server)
}

test('a plain connection speaks HTTP/1.1', async () => {
  const port = portOf(await startRawOrigin(saying(answer)))
  const connection = await open({ port })
  expect(connection.endpoint).toBe(`127.0.0.1:${port}`)
  const call = record(connection.dispatch)
  await call.ended
  expect(call.body).toBe('ok')
})

test('a plain connection speaks HTTP/2 by prior knowledge', async () => {
  const server = createHttp2Server((_request, response) => void response.end('two'))
  const connection = await open({ port: await listening(server), protocol: 'http2' })
  const call = record(connection.dispatch)
  await call.ended
  expect(call.body).toBe('two')
})

test.each([
  ['http1', ['http/1.1']],
  ['auto', ['http/1.1']],
  ['auto', []],
] as const)('TLS, %s, to a peer that offers %j: HTTP/1.1', async (protocol, offered) => {
  const port = await tlsOrigin([...offered])
  const connection = await open({ port, protocol, tls: { secureContext, serverName: 'upstream.test' } })
  const call = record(connection.dispatch)
  await call.ended
  expect(call.body).toBe('ok')
})

test('TLS asks for the server by its name, and resumes the session that the last connection to the endpoint left', async () => {
  const { cert, key } = certificateFiles.server
  const seen: (readonly [name: string | false | null, resumed: boolean])[] = []
  const server = createTlsServer({ cert: readCertificate(cert), key: readCertificate(key) }, (socket) => {
    seen.push([(socket as TLSSocket & { servername: string | false | null }).servername, socket.isSessionReused()])
    socket.on('error', () => undefined)
    saying(answer)(socket)
  })
  const port = await listening(server)
  const options = { ...plainOptions, port, tls: { secureContext, serverName: 'upstream.test' } } as const
  const connect = createConnect(systemClock)
  for (let i = 0; i < 2; i++) await record((await openBy(connect, options)).dispatch).ended
  await record((await openBy(connect, { ...options })).dispatch).ended
  expect(seen).toEqual([
    ['upstream.test', false],
    ['upstream.test', true],
    ['upstream.test', false],
  ])
})

test('TLS, auto, to a peer that prefers HTTP/2: HTTP/2', async () => {
  const port = await tlsOrigin(['h2', 'http/1.1'])
  const connection = await open({ port, protocol: 'auto', tls: { secureContext, serverName: undefined } })
  expect(connection.free).toBeGreaterThan(1)
})

test.each([
  ['http2 to a peer without it', 'http2', 'upstream.test', secureContext],
  ['a name that the certificate does not have', 'auto', 'other.test', secureContext],
  ['an authority that is not trusted', 'auto', 'upstream.test', createSecureContext()],
] as const)('TLS, %s: connect_failed', async (_title, protocol, serverName, context) => {
  const port = await tlsOrigin(['http/1.1'])
  const failed = open({ port, protocol, tls: { secureContext: context, serverName } })
  await expect(failed).rejects.toMatchObject({ code: 'connect_failed', upstream: 'catalog' })
})

test('nobody listening is connect_failed, told later and not from within', async () => {
  const port = portOf(await refusingAddress())
  let told = false
  const failed = open({ port }).catch((error: unknown) => {
    told = true
    throw error
  })
  expect(told).toBe(false)
  await expect(failed).rejects.toMatchObject({ code: 'connect_failed', detail: expect.stringContaining('ECONNREFUSED') })
})

test('a TLS hello that is not answered ends at the time limit', async () => {
  const clock = new ManualClock()
  const accepted = Promise.withResolvers<void>()
  const port = await listening(createServer((socket) => void socket.on('error', () => undefined).once('data', () => accepted.resolve())))
  const failure = open({ port, tls: { secureContext, serverName: undefined }, connectTimeoutMs: 1_000 }, clock).catch(
    (error: unknown) => error,
  )
  await accepted.promise
  clock.advance(1_000)
  expect(await failure).toMatchObject({ code: 'connect_failed', detail: expect.stringContaining('within 1000 ms') })
  expect(clock.pending).toBe(0)
})

test('a peer that closes within the TLS handshake is connect_failed', async () => {
  const port = await listening(createServer((socket) => void socket.on('error', () => undefined).once('data', () => socket.end())))
  await expect(open({ port, tls: { secureContext, serverName: undefined } })).rejects.toMatchObject({ code: 'connect_failed' })
})

test('a cancelled attempt tells nobody', async () => {
  const greeted = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const port = await listening(
    createServer((socket) => {
      socket.on('error', () => undefined).on('close', () => closed.resolve())
      socket.once('data', () => greeted.resolve()).resume()
    }),
  )
  let told = 0
  const tell = () => void told++
  const tls = { secureContext, serverName: undefined }
  const options = { upstream: 'catalog', host: '127.0.0.1', port, protocol: 'http1', tls, connectTimeoutMs: 0 } as const
  const cancel = createConnect(systemClock)(options, new WatchingOwner(), tell, tell)
  await greeted.promise
  cancel()
  await closed.promise
  expect(told).toBe(0)
})
