/**
 * The load: calls of all kinds, at a steady rate, never more than a stated number at once.
 */
import { setInterval } from 'node:timers/promises'
import type { SeededRandom } from '../harness/seeded-random.ts'
import { Http2Callers } from './callers/http2.ts'
import { http1Callers } from './callers/http1.ts'
import { rawCallers } from './callers/raw.ts'
import type { Caller, Callers } from './callers/caller.ts'
import type { Tally } from './tally.ts'

const tickMs = 20
/** When so many calls are in progress, the next ones are left out, so that a hung origin does not make this process grow. */
const callsAtOnce = 500

/** Callers by how often they call, relative to each other, and what lets go of the connections that they share. */
function mix(callers: Callers): { readonly shares: readonly (readonly [share: number, call: Caller])[]; readonly close: () => void } {
  const [http1, raw, http2] = [http1Callers(callers), rawCallers(callers), new Http2Callers(callers)]
  const shares: readonly (readonly [number, Caller])[] = [
    [40, http1.keepAlive],
    [10, http1.close],
    [3, http1.odd],
    [2, http1.upload],
    [3, http1.download],
    [3, raw.pipelined],
    [3, raw.websocket],
    [2, raw.garbage],
    [8, raw.vanishing],
    [12, http2.plain],
    [8, http2.grpc],
    [6, http2.reset],
  ]
  const close = () => {
    http1.agent.destroy()
    http2.close()
  }
  return { shares, close }
}

export interface LoadTarget {
  readonly port: number
  readonly callsPerSecond: number
}

/** Calls until told to stop; resolves when every call is over. @returns calls that were left out. */
export async function load({ port, callsPerSecond }: LoadTarget, tally: Tally, random: SeededRandom, signal: AbortSignal): Promise<number> {
  const { shares, close } = mix({ port, tally, random })
  const wheel = shares.flatMap(([share, call]) => Array.from({ length: share }, () => call))
  const inProgress = new Set<Promise<void>>()
  let [due, leftOut] = [0, 0]
  for await (const _ of setInterval(tickMs)) {
    if (signal.aborted) break
    for (due += (callsPerSecond * tickMs) / 1000; due >= 1; due--) {
      if (inProgress.size >= callsAtOnce) leftOut++
      else track(inProgress, random.pick(wheel)())
    }
  }
  await Promise.all(inProgress)
  close()
  return leftOut
}

function track(inProgress: Set<Promise<void>>, call: Promise<void>): void {
  inProgress.add(call)
  void call.then(() => inProgress.delete(call))
}
