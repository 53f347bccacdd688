import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type Socket, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeCertificates } from '../../../bench/lib/certificates.ts'
import { type OriginMode, startOwnOrigin } from '../../../bench/lib/origin.ts'
import { serverName } from '../../../bench/lib/target.ts'

async function start(mode: OriginMode) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  const certificates = await makeCertificates(folder)
  const origin = await startOwnOrigin(mode, { cpus: null, folder, certificate: certificates.server })
  onTestFinished(async () => {
    await origin.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { ...origin, certificates }
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  return socket
}

async function firstBytes(socket: Socket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  return bytes.toString()
}

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const answer = /^HTTP\/1.1 200 OK\r\n.*\r\nContent-Length: 55\r\n\r\n\{.{53}\}$/s

describe('an origin of our own', () => {
  it('answers every request, also one that comes in pieces, and counts them', async () => {
    const origin = await start('answer')
    const socket = open(origin.ports.first)
    socket.write(`${request}${request.slice(0, 20)}`)
    expect(await firstBytes(socket)).toMatch(answer)
    socket.write(request.slice(20))
    await once(socket, 'data')
    expect(await origin.received()).toBe(2)
  })

  it('answers an upload only once it has it all', async () => {
    const origin = await start('answer')
    const socket = open(origin.ports.second)
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
    socket.write('de')
    expect(await origin.received()).toBe(0)
    socket.write('f')
    expect(await firstBytes(socket)).toMatch(answer)
  })

  it('sends as much as the path says', async () => {
    const origin = await start('answer')
    const socket = open(origin.ports.first)
    socket.write('GET /64k HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await firstBytes(socket)).toContain('Content-Length: 65536\r\n')
  })

  it('answers behind TLS 1.3 with a certificate of the run', async () => {
    const { ports, certificates } = await start('answer')
    const ca = readFileSync(certificates.authority.cert)
    const socket = connectTls({ port: ports.tls, host: '127.0.0.1', ca, servername: serverName })
    onTestFinished(() => void socket.destroy())
    socket.write(request)
    expect(await firstBytes(socket)).toMatch(answer)
    expect(socket.getProtocol()).toBe('TLSv1.3')
  })

  it('counts and never answers when it hangs', async () => {
    const origin = await start('hang')
    const socket = open(origin.ports.second)
    let answered = false
    socket.on('data', () => (answered = true))
    socket.write(request)
    await expect.poll(() => origin.received()).toBe(1)
    expect(answered).toBe(false)
  })
})
