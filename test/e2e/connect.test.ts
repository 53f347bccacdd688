import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { certificateFiles, readCertificate } from '../harness/certificates.ts'
import { httpCall } from '../harness/http-call.ts'
import { answerOf } from '../harness/http2-caller.ts'
import { RawConnection, rawCall } from '../harness/raw-call.ts'
import { refusingAddress, startRawOrigin } from '../harness/raw-origin.ts'
import { startTandem, type TandemOptions } from '../harness/tandem.ts'

const connecting = (host: string) => `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`
const established = 'HTTP/1.1 200 OK\r\n\r\n'
const tunnelled = '{ name: tunnels, match: { host: a.test, method: CONNECT }, forward: u }'

function tunnelling(address: string, route = tunnelled, more = '', options: TandemOptions = {}) {
  return startTandem(`upstreams: { u: { endpoints: ["${address}"]${more} } }\nroutes: [${route}]`, options)
}

function startEcho(): Promise<string> {
  return startRawOrigin((socket) => void socket.pipe(socket))
}

describe('a tunnel to a host that a route names', () => {
  test('carries bytes both ways, early ones too, and nothing of the CONNECT itself', async () => {
    const { port } = await tunnelling(await startEcho())
    const connection = new RawConnection(port)
    connection.write(`${connecting('a.test')}early `)
    expect(await connection.until('early ')).toBe(`${established}early `)
    connection.write('\0\r\n\r\nGET / HTTP/1.1\r\n\r\n')
    expect(await connection.until('HTTP/1.1\r\n\r\n')).toBe(`${established}early \0\r\n\r\nGET / HTTP/1.1\r\n\r\n`)
  })

  test('carries what the upstream says first', async () => {
    const { port } = await tunnelling(await startRawOrigin((socket) => void socket.write('220 ready\r\n')))
    const connection = new RawConnection(port)
    connection.write(connecting('a.test'))
    expect(await connection.until('ready\r\n')).toBe(`${established}220 ready\r\n`)
  })

  test('carries TLS from end to end', async () => {
    const { cert, key } = certificateFiles.server
    const server = createTlsServer({ cert: readCertificate(cert), key: readCertificate(key) }, (socket) => void socket.pipe(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = await tunnelling(`127.0.0.1:${(server.address() as AddressInfo).port}`)
    const { socket } = new RawConnection(port)
    socket.write(connecting('a.test'))
    await once(socket, 'data')
    socket.removeAllListeners('data')
    const secured = connectTls({ socket, ca: readCertificate(certificateFiles.ca), servername: 'localhost' })
    onTestFinished(() => void secured.destroy())
    secured.write('secret')
    expect(String(await once(secured, 'data'))).toBe('secret')
  })

  test('passes on that one side has ended, and lets the other finish', async () => {
    const address = await startRawOrigin((socket) => {
      let heard = ''
      socket.on('data', (chunk) => void (heard += chunk.toString()))
      socket.on('end', () => socket.end(`heard ${heard}`))
    })
    const { port } = await tunnelling(address)
    const connection = new RawConnection(port)
    connection.write(`${connecting('a.test')}question`)
    connection.socket.end()
    expect(await connection.closed()).toBe(`${established}heard question`)
  })

  test('may be split over several upstreams', async () => {
    const say = (word: string) => startRawOrigin((socket) => void socket.end(word))
    const [one, two] = [await say('one'), await say('two')]
    const { port } = await startTandem(`upstreams: { a: { endpoints: ["${one}"] }, b: { endpoints: ["${two}"] } }
routes: [{ name: r, match: { host: a.test, method: CONNECT }, split: [{ upstream: a }, { upstream: b }] }]`)
    const answers = [await rawCall(port, connecting('a.test')), await rawCall(port, connecting('a.test'))]
    expect(answers.toSorted()).toEqual([`${established}one`, `${established}two`])
  })

  test('begins on a connection that has carried no HTTP, beside calls to the same upstream', async () => {
    let connections = 0
    const address = await startRawOrigin((socket) => {
      connections++
      socket.on('data', (chunk) => {
        socket.write(chunk.includes('HTTP/1.1\r\n') ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' : chunk)
      })
    })
    const { port } = await tunnelling(address, '{ name: r, match: { method: [GET, CONNECT] }, forward: u, mirror: [{ upstream: u }] }')
    expect((await httpCall(port)).status).toBe(200)
    await expect.poll(() => connections).toBe(2)
    const connection = new RawConnection(port)
    connection.write(`${connecting('a.test')}raw`)
    await connection.until(`${established}raw`)
    expect(connections).toBe(3)
  })

  test('is counted, logged with its bytes, and holds a place of its own', async () => {
    const tandem = await tunnelling(await startEcho(), tunnelled, ', bulkhead: { connections: 1, pending: 0 }')
    const first = new RawConnection(tandem.port)
    first.write(`${connecting('a.test')}12345`)
    await first.until('12345')
    expect(await rawCall(tandem.port, connecting('a.test'))).toMatch(/^HTTP\/1\.1 503 [\s\S]*x-tandem-flags: UO/)
    const { body } = await httpCall(Number(new URL(tandem.admin).port), { path: '/upstreams' })
    expect(JSON.parse(body)).toContainEqual(
      expect.objectContaining({
        name: 'u',
        role: 'tunnel',
        bulkhead: expect.objectContaining({ requests: { used: 1, limit: 256 } }) as unknown,
      }),
    )
    first.socket.end()
    await first.closed()
    const lines = await tandem.accessLog()
    expect(lines).toContainEqual(
      expect.objectContaining({
        method: 'CONNECT',
        host: 'a.test:443',
        route: 'tunnels',
        upstream: 'u',
        status: 200,
        bytesIn: 5,
        bytesOut: 5,
      }),
    )
  })
})

describe('no tunnel', () => {
  test('to a host that no route names for it: 403, and what to configure', async () => {
    const { port } = await tunnelling(await startEcho(), `${tunnelled}, { name: rest, forward: u }`)
    const answer = await rawCall(port, `${connecting('b.test')}GET / HTTP/1.1\r\nHost: a.test\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    expect(answer).toContain('no route lets CONNECT to b.test:443 through: one has to match the host with `method: CONNECT`')
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  test('before the upstream is connected', async () => {
    const { port } = await tunnelling(await refusingAddress())
    expect(await rawCall(port, `${connecting('a.test')}early`)).toMatch(/^HTTP\/1\.1 503 [\s\S]*x-tandem-flags: UF/)
  })

  test('through a port that is no forward proxy', async () => {
    const listeners = 'listeners: [{ name: outbound, address: "127.0.0.1:0", host: a.test }]'
    const { port } = await tunnelling(await startEcho(), tunnelled, '', { listeners })
    expect(await rawCall(port, connecting('a.test'))).toMatch(/^HTTP\/1\.1 405 /)
  })

  test('over HTTP/2, by CONNECT or by extended CONNECT, and the connection goes on', async () => {
    const { port } = await tunnelling(await startEcho(), `${tunnelled}, { name: rest, respond: {} }`)
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    onTestFinished(() => session.destroy())
    const connected = await answerOf(session.request({ ':method': 'CONNECT', ':authority': 'a.test:443' }))
    expect([connected.status, JSON.parse(connected.body)]).toMatchObject([501, { detail: 'CONNECT is served over HTTP/1.1 only' }])
    expect((await answerOf(session.request({ ':path': '/' }).end())).status).toBe(200)
    expect(session.remoteSettings.enableConnectProtocol).toBe(false)
  })
})
