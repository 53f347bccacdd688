/**
 * An upstream that speaks HTTP/2, on node:http2's server; every stream goes to the test.
 */
import { createServer, type ServerOptions, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Http2Origin {
  readonly port: number
  readonly sessions: readonly ServerHttp2Session[]
}

/** @param serve gets each stream with its raw fields. Closed when the test ends. */
export async function startHttp2Origin(
  serve: (stream: ServerHttp2Stream, raw: readonly string[]) => void,
  options: ServerOptions = {},
): Promise<Http2Origin> {
  const sessions: ServerHttp2Session[] = []
  const server = createServer(options)
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => undefined)
  })
  server.on('stream', (stream: ServerHttp2Stream, _headers, _flags, raw: string[]) => {
    stream.on('error', () => undefined)
    serve(stream, raw)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const session of sessions) session.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, sessions }
}
