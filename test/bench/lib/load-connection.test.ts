import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TLSSocket, createServer } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import { makeCertificates } from '../../../bench/lib/certificates.ts'
import { callerTls } from '../../../bench/lib/contestant.ts'
import { LoadConnection, opener } from '../../../bench/lib/load-connection.ts'

async function encryptedOrigin(onCall: (socket: TLSSocket) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  const certificates = await makeCertificates(folder)
  const [cert, key, ca] = [certificates.server.cert, certificates.server.key, certificates.authority.cert].map((path) => readFileSync(path))
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => onCall(socket))
  })
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, tls: callerTls(certificates) }
}

it('calls over TLS with a certificate that the other side knows, again and again on one connection', async () => {
  const callers: unknown[] = []
  const target = await encryptedOrigin((socket) => {
    callers.push([socket.getPeerCertificate().subjectaltname, socket.remotePort])
    socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n')
  })
  const answers: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const connection = new LoadConnection(opener(target), (status) => {
    if (answers.push(status) === 2) resolve()
    else connection.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  })
  onTestFinished(() => connection.close())
  connection.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await promise
  expect(answers).toEqual([204, 204])
  expect(callers[0]).toEqual(['URI:spiffe://mesh.local/ns/bench/sa/generator', expect.any(Number)])
  expect(callers[1]).toEqual(callers[0])
})
