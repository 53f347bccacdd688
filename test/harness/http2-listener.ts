/**
 * A port that speaks HTTP/2 with the sidecar's own server side; every exchange goes to the test.
 */
import { createServer, type AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { ProxyError } from '../../proxy/error/proxy-error.ts'
import type { Exchange } from '../../proxy/http/exchange.ts'
import { defaultServerLimits, type MalformedFacts, type ServerConnection, type ServerLimits } from '../../proxy/http/server-connection.ts'
import type { Clock } from '../../proxy/runtime/clock.ts'
import { systemClock } from '../../proxy/runtime/clock.ts'
import { serveHttp2 } from '../../proxy/transport/http2/server.ts'

export interface Http2Listener {
  readonly port: number
  readonly connections: readonly ServerConnection[]
  readonly malformed: readonly { readonly error: ProxyError; readonly facts: MalformedFacts }[]
}

/** Closed when the test ends. */
export async function startHttp2Listener(
  onExchange: (exchange: Exchange) => void,
  { limits = {}, clock = systemClock }: { limits?: Partial<ServerLimits>; clock?: Clock } = {},
): Promise<Http2Listener> {
  const connections: ServerConnection[] = []
  const malformed: { error: ProxyError; facts: MalformedFacts }[] = []
  const facts = { name: 'test', host: undefined, lenientPaths: false }
  const handler = { onExchange, onMalformed: (error: ProxyError, told: MalformedFacts) => void malformed.push({ error, facts: told }) }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (firstBytes: Buffer) => {
      socket.pause()
      connections.push(serveHttp2(socket, firstBytes, facts, handler, { ...defaultServerLimits, ...limits }, clock))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const connection of connections) connection.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, connections, malformed }
}
