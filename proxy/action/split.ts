/**
 * split: each call goes to one of several destinations, by exact weight, or by who is calling (`sticky`).
 */
import { hashKeyOf } from '../choice/hash-key.ts'
import { rendezvous } from '../choice/rendezvous.ts'
import { smoothWeighted } from '../choice/smooth-weighted.ts'
import type { SplitConfig } from '../config/schema/route.ts'
import type { HashKeyConfig } from '../config/schema/upstream.ts'
import type { Action, Call } from './call.ts'
import { compileDestination, type Resolve } from './destination.ts'
import { forwardTo } from './forward.ts'

export function compileSplit(split: readonly SplitConfig[], sticky: HashKeyConfig | undefined, resolve: Resolve): Action {
  const sends = split.map((config) => forwardTo(compileDestination(config, 'primary', resolve)))
  const pick = picker(split, sticky)
  return (call) => (sends[pick(call)] as Action)(call)
}

/** A caller without the sticky key is counted into the weights like any other. */
function picker(split: readonly SplitConfig[], sticky: HashKeyConfig | undefined): (call: Call) => number {
  const weights = split.map(({ weight }) => weight)
  const next = smoothWeighted(weights)
  if (sticky === undefined) return next
  const seeds = split.map(({ name, upstream }) => name ?? upstream)
  return ({ exchange }) => {
    const key = hashKeyOf(sticky, exchange.headers, exchange.callerAddress)
    return key === undefined ? next() : rendezvous(key, seeds, weights)
  }
}
