/**
 * From a route's configuration to the one thing that becomes of its calls.
 */
import type { RouteConfig } from '../config/schema/route.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import type { ActionName } from '../telemetry/telemetry.ts'
import type { Background } from './background.ts'
import type { Action } from './call.ts'
import { compileDestination, type Resolve } from './destination.ts'
import { compileFanout } from './fanout/fanout.ts'
import { forwardTo } from './forward.ts'
import { withMirrors } from './mirror.ts'
import { compileRedirect, compileRespond } from './respond.ts'
import { compileSplit } from './split.ts'

export interface ActionDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly background: Background
}

export interface CompiledAction {
  readonly name: ActionName
  readonly run: Action
}

/** @throws when the route has no action; the configuration's own checks see to it that it has exactly one. */
export function compileAction(route: RouteConfig, resolve: Resolve, deps: ActionDeps): CompiledAction {
  const { name, run } = primaryAction(route, resolve, deps)
  return { name, run: route.mirror === undefined ? run : withMirrors(run, route.mirror, resolve, deps.background) }
}

function primaryAction(route: RouteConfig, resolve: Resolve, deps: ActionDeps): CompiledAction {
  const { forward, split, fanout, respond, redirect } = route
  if (forward !== undefined) {
    const destination = typeof forward === 'string' ? { upstream: forward } : forward
    return { name: 'forward', run: forwardTo(compileDestination(destination, 'primary', resolve)) }
  }
  if (split !== undefined) return { name: 'split', run: compileSplit(split, route.sticky, resolve) }
  if (fanout !== undefined) return { name: 'fanout', run: compileFanout({ ...route, fanout }, resolve, deps) }
  if (respond !== undefined) return { name: 'respond', run: compileRespond(respond) }
  if (redirect !== undefined) return { name: 'redirect', run: compileRedirect(redirect) }
  throw new Error(`route ${route.name} has no action`)
}
