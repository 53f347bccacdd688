/**
 * fanout: one call goes to several destinations at once, and what they answer becomes one answer.
 *
 * The parts, in the order in which a call meets them: plan (made once), intake (the body), run (the branches and the verdict),
 * then document, merge or stream for the answer, and compensation for what has to be undone.
 */
import type { FanoutConfig } from '../../config/schema/fanout.ts'
import type { RouteConfig } from '../../config/schema/route.ts'
import { ProxyError } from '../../error/proxy-error.ts'
import type { Action } from '../call.ts'
import type { Resolve } from '../destination.ts'
import type { CompensationDeps } from './compensation.ts'
import { takeIn } from './intake.ts'
import { compilePlan } from './plan.ts'
import { FanoutRun } from './run.ts'

/** `background` is told of everything that goes on after its call was answered. */
export type FanoutDeps = CompensationDeps

export function compileFanout(route: RouteConfig & { readonly fanout: FanoutConfig }, resolve: Resolve, deps: FanoutDeps): Action {
  const plan = compilePlan(route.fanout, resolve)
  return (call) => {
    if (call.exchange.upgrade === undefined)
      return takeIn(call, plan, deps.clock, (intake) => new FanoutRun(call, plan, deps, intake).start())
    const detail = `a fan-out cannot switch to ${call.exchange.upgrade}: there is more than one destination`
    call.fail(new ProxyError('upgrade_unsupported', { detail }))
  }
}
