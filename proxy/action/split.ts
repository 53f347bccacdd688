/**
 * split: each call goes to one of several destinations, by exact weight, or by who is calling (`sticky`).
 */
import { hashKeyOf } from '../choice/hash-key.ts'
import { rendezvous } from '../choice/rendezvous.ts'
import { smoothWeighted } from '../choice/smooth-weighted.ts'
import type { MakeWheel } from '../choice/wheel.ts'
import type { RouteConfig, SplitConfig } from '../config/schema/route.ts'
import type { HashKeyConfig } from '../config/schema/upstream.ts'
import type { Action, Call } from './call.ts'
import { orTunnel } from './connect.ts'
import { compileDestination, type Resolve } from './destination.ts'
import { forwardTo } from './forward.ts'

export interface SplitParts {
  readonly split: readonly SplitConfig[]
  readonly match: RouteConfig['match']
  readonly sticky: HashKeyConfig | undefined
  /** Counts the calls that weights decide about. */
  readonly wheel: MakeWheel
}

export function compileSplit({ split, match, sticky, wheel }: SplitParts, resolve: Resolve): Action {
  const sends = split.map((config) => orTunnel(forwardTo(compileDestination(config, 'primary', resolve)), match, config, resolve))
  const pick = picker(split, sticky, wheel)
  return (call) => (sends[pick(call)] as Action)(call)
}

/** A caller without the sticky key is counted into the weights like any other. */
function picker(split: readonly SplitConfig[], sticky: HashKeyConfig | undefined, wheel: MakeWheel): (call: Call) => number {
  const weights = split.map(({ weight }) => weight)
  const next = smoothWeighted(weights, wheel)
  if (sticky === undefined) return next
  const seeds = split.map(({ name, upstream }) => name ?? upstream)
  return ({ exchange }) => {
    const key = hashKeyOf(sticky, exchange.headers, exchange.callerAddress)
    return key === undefined ? next() : rendezvous(key, seeds, weights)
  }
}
