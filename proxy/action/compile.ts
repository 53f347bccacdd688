/**
 * From a route's configuration to the one thing that becomes of its calls.
 */
import type { MakeWheel } from '../choice/wheel.ts'
import type { RouteConfig } from '../config/schema/route.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import type { ActionName } from '../telemetry/telemetry.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Background } from './background.ts'
import type { Action } from './call.ts'
import { orTunnel } from './connect.ts'
import { compileDestination, type Destination, type Resolve } from './destination.ts'
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
  /** Where the places of a route's exact shares are kept: of its split, or of the mirror with that index. */
  wheel(route: RouteConfig, share: 'split' | number): MakeWheel
}

export interface CompiledAction {
  readonly name: ActionName
  readonly run: Action
}

/** What becomes of calls that go to an upstream as they came: one for all routes, so that calls on many routes find it in the cache. */
const plainForwards = new WeakMap<Upstream, CompiledAction>()

/** @throws when the route has no action; the configuration's own checks see to it that it has exactly one. */
export function compileAction(route: RouteConfig, resolve: Resolve, deps: ActionDeps): CompiledAction {
  const primary = primaryAction(route, resolve, deps)
  if (route.mirror === undefined) return primary
  const { background } = deps
  const run = withMirrors(primary.run, route.mirror, { resolve, background, wheel: (mirror) => deps.wheel(route, mirror) })
  return { name: primary.name, run }
}

function primaryAction(route: RouteConfig, resolve: Resolve, deps: ActionDeps): CompiledAction {
  const { forward, split, fanout, respond, redirect } = route
  if (forward !== undefined) return compileForward(forward, route.match, resolve)
  if (split !== undefined) {
    const parts = { split, match: route.match, sticky: route.sticky, wheel: deps.wheel(route, 'split') }
    return { name: 'split', run: compileSplit(parts, resolve) }
  }
  if (fanout !== undefined) return { name: 'fanout', run: compileFanout({ ...route, fanout }, resolve, deps) }
  if (respond !== undefined) return { name: 'respond', run: compileRespond(respond) }
  if (redirect !== undefined) return { name: 'redirect', run: compileRedirect(redirect) }
  throw new Error(`route ${route.name} has no action`)
}

function compileForward(forward: NonNullable<RouteConfig['forward']>, match: RouteConfig['match'], resolve: Resolve): CompiledAction {
  const config = typeof forward === 'string' ? { upstream: forward } : forward
  const destination = compileDestination(config, 'primary', resolve)
  const isPlain = Object.keys(config).length === 1
  const action = isPlain ? plainForward(destination) : forwardAction(destination)
  const run = orTunnel(action.run, match, config, resolve)
  return run === action.run ? action : { name: 'forward', run }
}

function plainForward(destination: Destination): CompiledAction {
  const action = plainForwards.get(destination.upstream) ?? forwardAction(destination)
  plainForwards.set(destination.upstream, action)
  return action
}

function forwardAction(destination: Destination): CompiledAction {
  return { name: 'forward', run: forwardTo(destination) }
}
