/**
 * An origin for tests: a real HTTP/1.1 server that keeps what it was sent.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  readonly trailers: Readonly<Record<string, string | undefined>>
}

export type Respond = (response: ServerResponse, request: ReceivedRequest) => void

export interface Origin {
  readonly port: number
  /** `127.0.0.1:port` */
  readonly address: string
  /** Whole requests, in the order in which they were complete. */
  readonly received: ReceivedRequest[]
  /** Resolves when so many requests are there. */
  receivedCount(count: number): Promise<void>
  /** Resolves when a request has begun, whether or not its body is complete. */
  readonly begun: Promise<IncomingMessage>
  /** Open connections. */
  readonly connections: ReadonlySet<Socket>
  close(): Promise<void>
}

const ok: Respond = (response) => void response.end('ok')

/** @param respond called when the request is complete; never ending the response is a hung upstream. Closed when the test ends. */
export async function startOrigin(respond: Respond = ok): Promise<Origin> {
  const received: ReceivedRequest[] = []
  const waiting = new Set<() => void>()
  const connections = new Set<Socket>()
  const begun = Promise.withResolvers<IncomingMessage>()
  const server = createServer((request, response) => {
    begun.resolve(request)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('error', () => undefined)
    request.on('end', () => {
      const { method = '', url = '', rawHeaders, headers, trailers } = request
      const whole = { method, url, rawHeaders, headers, trailers, body: Buffer.concat(chunks) }
      received.push(whole)
      for (const look of waiting) look()
      respond(response, whole)
    })
  })
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.on('close', () => void connections.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return {
    port,
    address: `127.0.0.1:${port}`,
    received,
    receivedCount: counted(received, waiting),
    begun: begun.promise,
    connections,
    close,
  }
}

function counted(received: readonly unknown[], waiting: Set<() => void>): (count: number) => Promise<void> {
  return (count) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (received.length < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
}
