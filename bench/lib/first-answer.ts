/**
 * Start-up as a caller sees it: from the start of a program to its first successful answer, asked for every two milliseconds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from './child.ts'
import { LoadConnection, type Opener, opener } from './load-connection.ts'
import { type CallPlan, type Target, requestsOf } from './target.ts'

const askEveryMs = 2
const patienceMs = 20_000
const answerWithinMs = 1_000

async function answers(open: Opener, request: Buffer): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const connection = new LoadConnection(open, (status) => resolve(status === 200))
  const patience = setTimeout(resolve, answerWithinMs, false)
  connection.send(request)
  const answered = await promise
  clearTimeout(patience)
  connection.close()
  return answered
}

/**
 * @param since on `performance.now()`, taken before the program was started.
 * @returns milliseconds from `since` to the first answer with 200.
 * @throws when the program ends before, or does not answer so within 20 s.
 */
export async function firstAnswer(child: Child, target: Target, plan: CallPlan, since: number): Promise<number> {
  const open = opener(target)
  const [request = Buffer.alloc(0)] = requestsOf(plan)
  const ask = async (): Promise<number> => {
    if (await answers(open, request)) return performance.now() - since
    if (!child.alive) throw new Error(`ended before it answered: ${child.tail()}`)
    if (performance.now() - since > patienceMs) throw new Error(`no answer within ${patienceMs / 1_000} s: ${child.tail()}`)
    await delay(askEveryMs)
    return ask()
  }
  return ask()
}
