/**
 * The load on the mesh: calls at a steady rate, a part of them in bursts, so that connections between the sidecars open and close all along.
 *
 * Invariant: a call has failed unless it was answered 200 with the body that it was sent; each failure is kept with its time and its way.
 */
import { randomBytes } from 'node:crypto'
import { setInterval } from 'node:timers/promises'
import { Pool } from 'undici'
import type { SeededRandom } from '../../harness/seeded-random.ts'

/** From an app through its sidecar to who is called. */
export interface Way {
  readonly caller: string
  /** Of the caller's sidecar. */
  readonly port: number
  readonly callee: string
  readonly host: string
}

export interface Failure extends Way {
  /** Epoch milliseconds. */
  readonly began: number
  readonly ended: number
  readonly reason: string
}

const tickMs = 20
const burstEveryMs = 2_000
/** Of all calls, in bursts. */
const burstShare = 0.2
/** Until the rate is reached: programs that have just started are slow. */
const rampMs = 5_000
/** Beyond all times of the sidecars. */
const timeoutMs = 60_000
const bodies = [0, 40, 2_000, 30_000].map((length) => randomBytes(length))

export class Calls {
  readonly failures: Failure[] = []
  total = 0
  slowestMs = 0
  readonly #ways: readonly Way[]
  readonly #callsPerSecond: number
  readonly #random: SeededRandom
  readonly #pools = new Map<number, Pool>()
  readonly #inProgress = new Set<Promise<void>>()

  constructor(ways: readonly Way[], callsPerSecond: number, random: SeededRandom) {
    this.#ways = ways
    this.#callsPerSecond = callsPerSecond
    this.#random = random
  }

  /** Calls until told to stop; resolves when every call is over. */
  async run(signal: AbortSignal): Promise<void> {
    const began = performance.now()
    let [last, burstAt] = [began, began]
    let [steady, burst] = [0, 0]
    for await (const _ of setInterval(tickMs)) {
      if (signal.aborted) break
      const now = performance.now()
      const due = ((now - last) / 1000) * this.#callsPerSecond * Math.min(1, (now - began) / rampMs)
      last = now
      steady = this.#begin(steady + due * (1 - burstShare))
      burst += due * burstShare
      if (now - burstAt < burstEveryMs) continue
      burstAt = now
      burst = this.#begin(burst)
    }
    await Promise.all(this.#inProgress)
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
  }

  /** @returns what is left over of the calls that are due. */
  #begin(due: number): number {
    for (let left = due; ; left--) {
      if (left < 1) return left
      const call = this.#call(this.#random.pick(this.#ways))
      this.#inProgress.add(call)
      void call.then(() => this.#inProgress.delete(call))
    }
  }

  async #call(way: Way): Promise<void> {
    const began = Date.now()
    const reason = await this.#outcome(way).catch((error: unknown) => String(error))
    const ended = Date.now()
    this.total++
    this.slowestMs = Math.max(this.slowestMs, ended - began)
    if (reason !== undefined) this.failures.push({ ...way, began, ended, reason })
  }

  /** @returns why it failed. */
  async #outcome({ port, host }: Way): Promise<string | undefined> {
    const body = this.#random.pick(bodies)
    const options = { path: '/soak', method: body.length === 0 ? 'GET' : 'POST', headers: { host }, reset: this.#random.chance(5) } as const
    const answer = await this.#poolOf(port).request(body.length === 0 ? options : { ...options, body })
    const back = Buffer.from(await answer.body.arrayBuffer())
    if (answer.statusCode !== 200)
      return `${answer.statusCode} ${String(answer.headers['x-tandem-flags'])} ${back.toString().slice(0, 300)}`
    return back.equals(body) ? undefined : `${body.length} bytes were sent, ${back.length} others came back`
  }

  #poolOf(port: number): Pool {
    const known = this.#pools.get(port)
    if (known !== undefined) return known
    const pool = new Pool(`http://127.0.0.1:${port}`, {
      connections: 256,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: timeoutMs },
    })
    this.#pools.set(port, pool)
    return pool
  }
}
