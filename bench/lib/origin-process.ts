/**
 * An origin as small as can be, on raw sockets: answers every request, takes bodies and drops them, or accepts and never answers.
 * Arguments: `answer` or `hang`, and the files of a certificate and its key. It sends its ports once it listens, and the number of
 * requests received whenever it is asked.
 */
import { readFileSync } from 'node:fs'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:tls'
import { answerTo } from './answers.ts'
import type { OriginPorts } from './origin.ts'
import { RequestReader } from './request-reader.ts'

const [mode, cert = '', key = ''] = process.argv.slice(2)

let requests = 0

function serve(socket: Socket): void {
  const reader = new RequestReader((path) => {
    requests++
    if (mode === 'answer') socket.write(answerTo(path))
  })
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => reader.take(chunk))
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1', 4_096)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const plain = (): Server => createServer({ noDelay: true }, serve)
const encrypted = (): Server =>
  createTlsServer({ cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.3', noDelay: true }, serve)

const [first, second, tls] = await Promise.all([listen(plain()), listen(plain()), listen(encrypted())])
process.on('message', () => process.send?.(requests))
process.on('disconnect', () => process.exit(0))
process.send?.({ first, second, tls } satisfies OriginPorts)
