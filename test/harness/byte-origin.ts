/**
 * An origin for large bodies, HTTP/1.1 and HTTP/2 (prior knowledge) on two ports: it counts what it is sent and sends as much as it is asked for.
 */
import { createServer } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { ByteStream, countBytes } from './byte-stream.ts'

export interface ByteOrigin {
  /** `127.0.0.1:port` */
  readonly http1: string
  readonly http2: string
  /** Bytes sent so far, over all answers. */
  readonly sent: number
  /** Reads the bodies that it let stand. */
  release(): void
}

export interface ByteOriginOptions {
  /** Reads no request body before `release`. */
  readonly deaf?: boolean
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly body: Readable
  readonly reply: Writable
  head(length: number | undefined): void
}

/** GET `/bytes/N` gives N bytes, with `?chunked` without a length; a POST is answered with the number of bytes that came. Closed when the test ends. */
export async function startByteOrigin({ deaf = false }: ByteOriginOptions = {}): Promise<ByteOrigin> {
  const gate = Promise.withResolvers<void>()
  if (!deaf) gate.resolve()
  const streams: ByteStream[] = []
  const answer = (asked: Asked) => void serve(asked, gate.promise, streams)
  const http1 = await listening(http1Server(answer))
  const http2 = await listening(http2Server(answer))
  return {
    http1,
    http2,
    get sent() {
      return streams.reduce((sum, { made }) => sum + made, 0)
    },
    release: gate.resolve,
  }
}

async function serve(asked: Asked, gate: Promise<void>, streams: ByteStream[]): Promise<void> {
  const { method, path, body, reply } = asked
  reply.on('error', () => undefined)
  if (method === 'GET') {
    const bytes = Number(/\d+/.exec(path)?.[0])
    const stream = new ByteStream(bytes)
    streams.push(stream)
    asked.head(path.endsWith('?chunked') ? undefined : bytes)
    stream.pipe(reply)
    return
  }
  await gate
  const text = String(await countBytes(body).catch((error: Error) => error.message))
  asked.head(text.length)
  reply.end(text)
}

function http1Server(answer: (asked: Asked) => void): Server {
  return createServer((request, response) => {
    const { method = '', url: path = '' } = request
    const head = (length: number | undefined) => void response.writeHead(200, length === undefined ? {} : { 'content-length': length })
    answer({ method, path, body: request, reply: response, head })
  })
}

function http2Server(answer: (asked: Asked) => void): Server {
  const server = createHttp2Server({ settings: { initialWindowSize: 1024 * 1024 } })
  server.on('stream', (stream, { ':method': method = '', ':path': path = '' }) => {
    const head = (length: number | undefined) =>
      (stream as ServerHttp2Stream).respond(length === undefined ? {} : { 'content-length': length })
    answer({ method, path, body: stream, reply: stream, head })
  })
  return server
}

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Duplex>()
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket)
    socket.on('close', () => void sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
