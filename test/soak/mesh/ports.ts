/**
 * Ports for programs that are killed and come back: below those that the system gives to outgoing connections (32768 and up),
 * so that nobody takes one while its owner is away.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'

const [lowest, highest] = [12_000, 32_000]
const given = new Set<number>()

/** A port of 127.0.0.1 that nobody listened on just now, another one each time. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const free = await Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)]).catch(() => false)
  if (free) await new Promise((resolve) => server.close(resolve))
  return free
}
