/**
 * An origin without manners: a bare socket server that says what the test tells it to.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface RawOriginOptions {
  /** A connection stays open for writing when the other side has ended. */
  readonly allowHalfOpen?: boolean
}

/** @param serve given each connection. Closed when the test ends. @returns `127.0.0.1:port`. */
export async function startRawOrigin(serve: (socket: Socket) => void, options: RawOriginOptions = {}): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer(options, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => void sockets.delete(socket))
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers the first bytes of each connection with these bytes. */
export function saying(bytes: string, then: (socket: Socket) => void = () => undefined): (socket: Socket) => void {
  return (socket) =>
    void socket.once('data', () => {
      socket.write(bytes, 'latin1')
      then(socket)
    })
}

/** An address at which nobody listens. */
export async function refusingAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}
