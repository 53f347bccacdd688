/**
 * Loopback ports for programs that have to be told theirs.
 *
 * They lie below those that the kernel gives to outgoing connections (from 32768 on, unless it is told otherwise). Among these, whoever asks
 * a program again and again whether it listens already is sooner or later given that very port to ask from, is connected to itself,
 * and so takes the port away from the program that it waits for.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'

const lowest = 20_000
const highest = 32_767

/** A program may take a while before it takes the port that was meant for it. */
const given = new Set<number>()

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/** A port of 127.0.0.1 that nobody listened on just now, each time another. */
export async function freePort(): Promise<number> {
  const port = lowest + Math.floor(Math.random() * (highest - lowest + 1))
  if (given.has(port)) return freePort()
  given.add(port)
  return (await isFree(port)) ? port : freePort()
}
