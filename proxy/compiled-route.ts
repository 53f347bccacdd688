/**
 * A route made ready to serve. It lives on in the next snapshot for as long as it and the upstreams that it uses stay the same,
 * and with it the place of a split and the share of a mirror.
 */
import { type ActionDeps, compileAction, type CompiledAction } from './action/compile.ts'
import type { Expression } from './action/expression.ts'
import type { RouteConfig } from './config/schema/route.ts'
import type { RouteMemo } from './telemetry/telemetry.ts'
import { UpstreamSet } from './upstream-set.ts'
import type { Upstream, UpstreamRole } from './upstream/upstream.ts'

export interface CompiledRoute extends RouteMemo {
  readonly name: string
  readonly action: CompiledAction
  readonly timeoutMs: number | undefined
  readonly config: RouteConfig
  readonly uses: readonly UpstreamUse[]
}

interface UpstreamUse {
  readonly key: string
  readonly name: string
  readonly role: UpstreamRole
  readonly upstream: Upstream
}

export interface RouteDeps extends ActionDeps {
  expression(text: string): Expression
}

/** @throws an Error that says what cannot be built. */
export function compileRoute(config: RouteConfig, upstreams: UpstreamSet, deps: RouteDeps): CompiledRoute {
  const uses: UpstreamUse[] = []
  const resolve = {
    upstream(name: string, role: UpstreamRole) {
      const upstream = upstreams.resolve(name, role)
      uses.push({ key: UpstreamSet.keyOf(role, name), name, role, upstream })
      return upstream
    },
    expression: (text: string) => deps.expression(text),
  }
  return { name: config.name, action: compileAction(config, resolve, deps), timeoutMs: config.timeout, series: undefined, config, uses }
}

/** Whether it can serve on beside these upstreams; those that it uses are among them then. */
export function isCurrent({ config, uses }: CompiledRoute, wanted: RouteConfig, upstreams: UpstreamSet): boolean {
  if (config !== wanted) return false
  for (const { key, name, role, upstream } of uses) {
    if (!upstreams.holds(key, upstream) && upstreams.resolve(name, role) !== upstream) return false
  }
  return true
}
