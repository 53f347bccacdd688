/**
 * Start-up as a caller sees it: from the start of a program to its first successful answer, asked for every two milliseconds.
 */
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from './child.ts'

const askEveryMs = 2
const patienceMs = 20_000
const answerWithinMs = 1_000

function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(answerWithinMs, () => socket.destroy())
  socket.on('connect', () => socket.write(`GET / HTTP/1.1\r\nHost: bench.internal\r\nConnection: close\r\n\r\n`))
  socket.on('data', (chunk: Buffer) => resolve(chunk.toString('latin1', 0, 12) === 'HTTP/1.1 200'))
  socket.on('error', () => socket.destroy())
  socket.on('close', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

/**
 * @param since on `performance.now()`, taken before the program was started.
 * @returns milliseconds from `since` to the first answer with 200.
 * @throws when the program ends before, or does not answer so within 20 s.
 */
export async function firstAnswer(child: Child, port: number, since: number): Promise<number> {
  const ask = async (): Promise<number> => {
    if (await answers(port)) return performance.now() - since
    if (!child.alive) throw new Error(`ended before it answered: ${child.tail()}`)
    if (performance.now() - since > patienceMs) throw new Error(`no answer within ${patienceMs / 1_000} s: ${child.tail()}`)
    await delay(askEveryMs)
    return ask()
  }
  return ask()
}
