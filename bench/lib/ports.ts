/**
 * Loopback ports for programs that have to be told theirs.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** The kernel may offer a port again before the program that it was meant for has taken it. */
const given = new Set<number>()

/** A port of 127.0.0.1 that nobody listened on just now, each time another. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  if (given.has(port)) return freePort()
  given.add(port)
  return port
}
