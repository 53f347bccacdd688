/**
 * The snapshot: one configuration made ready to serve: routes compiled, upstreams built or taken over.
 *
 * Invariant: it never changes. An upstream whose configuration is the same as before is the same object,
 * so its connections, bulkheads and counters live on; each call keeps the snapshot that it began with.
 */
import { createHash } from 'node:crypto'
import { type ActionDeps, compileAction, type CompiledAction } from './action/compile.ts'
import type { Expression } from './action/expression.ts'
import type { Config } from './config/schema/config.ts'
import type { ListenerConfig } from './config/schema/listener.ts'
import type { RouteConfig } from './config/schema/route.ts'
import type { UpstreamConfig } from './config/schema/upstream.ts'
import type { ListenerFacts } from './http/exchange.ts'
import { buildRouteTable, matchesOf, type RouteTable } from './route/table.ts'
import type { Upstream } from './upstream/upstream.ts'

export interface CompiledRoute {
  readonly name: string
  readonly action: CompiledAction
  readonly timeoutMs: number | undefined
}

export interface Snapshot {
  /** Digest of the routing: the same content has the same version. */
  readonly version: string
  readonly config: Config
  readonly routes: RouteTable<CompiledRoute>
  /** By name: a port keeps its socket when only its host or `paths` changes, so each call asks the snapshot. */
  readonly listeners: ReadonlyMap<string, ListenerFacts>
  /** By role and name; see `upstreamKey`. */
  readonly upstreams: ReadonlyMap<string, Upstream>
}

export interface SnapshotDeps extends ActionDeps {
  createUpstream(name: string, config: UpstreamConfig, role: 'primary' | 'mirror'): Upstream
  expression(text: string): Expression
}

function upstreamKey(role: 'primary' | 'mirror', name: string): string {
  return `${role} ${name}`
}

/** @throws an Error that says which upstream cannot be built (a certificate that cannot be read, for one). */
export function buildSnapshot(config: Config, previous: Snapshot | null, deps: SnapshotDeps): Snapshot {
  const upstreams = new Map<string, Upstream>()
  const upstream = (name: string, role: 'primary' | 'mirror') => {
    const key = upstreamKey(role, name)
    const built = upstreams.get(key) ?? takeOver(previous?.upstreams.get(key), config.upstreams[name]) ?? create(name, role)
    upstreams.set(key, built)
    return built
  }
  const create = (name: string, role: 'primary' | 'mirror') => deps.createUpstream(name, config.upstreams[name] as UpstreamConfig, role)
  for (const name of Object.keys(config.upstreams)) upstream(name, 'primary')
  const resolve = { upstream, expression: (text: string) => deps.expression(text) }
  const routes = config.routes.map((route) => ({
    name: route.name,
    match: matchesOf(route.match),
    value: compileRoute(route, compileAction(route, resolve, deps)),
  }))
  return { version: versionOf(config), config, routes: buildRouteTable(routes), listeners: factsByName(config.listeners), upstreams }
}

function factsByName(listeners: readonly ListenerConfig[]): ReadonlyMap<string, ListenerFacts> {
  return new Map(listeners.map(({ name, host, paths }) => [name, { name, host, lenientPaths: paths === 'lenient' }]))
}

function takeOver(previous: Upstream | undefined, config: UpstreamConfig | undefined): Upstream | undefined {
  return previous !== undefined && JSON.stringify(previous.config) === JSON.stringify(config) ? previous : undefined
}

function compileRoute(route: RouteConfig, action: CompiledAction): CompiledRoute {
  return { name: route.name, action, timeoutMs: route.timeout }
}

function versionOf({ listeners, upstreams, routes }: Config): string {
  return createHash('sha256').update(JSON.stringify({ listeners, upstreams, routes })).digest('hex').slice(0, 16)
}

/** Closes what the next snapshot did not take over; calls in progress end first. */
export function retire(previous: Snapshot, next: Snapshot | null): void {
  for (const [key, upstream] of previous.upstreams) {
    if (next?.upstreams.get(key) !== upstream) upstream.close()
  }
}
