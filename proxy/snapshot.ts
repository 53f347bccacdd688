/**
 * The snapshot: one configuration made ready to serve: routes compiled, upstreams built or taken over.
 *
 * Invariant: it never changes. An upstream whose configuration is the same as before is the same object,
 * so its connections, bulkheads and counters live on; each call keeps the snapshot that it began with.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type ActionDeps, compileAction, type CompiledAction } from './action/compile.ts'
import type { Expression } from './action/expression.ts'
import type { Config } from './config/schema/config.ts'
import type { ListenerConfig } from './config/schema/listener.ts'
import type { RouteConfig } from './config/schema/route.ts'
import type { UpstreamConfig } from './config/schema/upstream.ts'
import type { ListenerFacts } from './http/exchange.ts'
import { buildRouteTable, matchesOf, type RouteTable, type RouteTableEntry } from './route/table.ts'
import type { Upstream, UpstreamRole } from './upstream/upstream.ts'

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
  createUpstream(name: string, config: UpstreamConfig, role: UpstreamRole): Upstream
  expression(text: string): Expression
}

function upstreamKey(role: UpstreamRole, name: string): string {
  return `${role} ${name}`
}

/** @throws an Error that says what cannot be built (a certificate that cannot be read, for one); nothing is left behind then. */
export function buildSnapshot(config: Config, previous: Snapshot | null, deps: SnapshotDeps): Snapshot {
  const upstreams = new UpstreamSet(config, previous, deps)
  try {
    for (const name of Object.keys(config.upstreams)) upstreams.resolve(name, 'primary')
    const routes = buildRouteTable(config.routes.map((route) => tableEntry(route, upstreams, deps)))
    return { version: versionOf(config), config, routes, listeners: factsByName(config.listeners), upstreams: upstreams.all }
  } catch (error) {
    upstreams.abandon()
    throw error
  }
}

/** The upstreams of a snapshot in the making. */
class UpstreamSet {
  readonly all = new Map<string, Upstream>()
  readonly #created: Upstream[] = []
  readonly #config: Config
  readonly #previous: Snapshot | null
  readonly #deps: SnapshotDeps

  constructor(config: Config, previous: Snapshot | null, deps: SnapshotDeps) {
    this.#config = config
    this.#previous = previous
    this.#deps = deps
  }

  resolve(name: string, role: UpstreamRole): Upstream {
    const key = upstreamKey(role, name)
    const upstream = this.all.get(key) ?? this.#takeOver(key, name) ?? this.#create(name, role)
    this.all.set(key, upstream)
    return upstream
  }

  /** Closes what was made for a snapshot that came to nothing. */
  abandon(): void {
    for (const upstream of this.#created) upstream.close()
  }

  #takeOver(key: string, name: string): Upstream | undefined {
    const upstream = this.#previous?.upstreams.get(key)
    return upstream !== undefined && isDeepStrictEqual(upstream.config, this.#config.upstreams[name]) ? upstream : undefined
  }

  #create(name: string, role: UpstreamRole): Upstream {
    const upstream = this.#deps.createUpstream(name, this.#config.upstreams[name] as UpstreamConfig, role)
    this.#created.push(upstream)
    return upstream
  }
}

function tableEntry(route: RouteConfig, upstreams: UpstreamSet, deps: SnapshotDeps): RouteTableEntry<CompiledRoute> {
  const resolve = {
    upstream: (name: string, role: UpstreamRole) => upstreams.resolve(name, role),
    expression: (text: string) => deps.expression(text),
  }
  const value = { name: route.name, action: compileAction(route, resolve, deps), timeoutMs: route.timeout }
  return { name: route.name, match: matchesOf(route.match), value }
}

function factsByName(listeners: readonly ListenerConfig[]): ReadonlyMap<string, ListenerFacts> {
  return new Map(listeners.map(({ name, host, paths }) => [name, { name, host, lenientPaths: paths === 'lenient' }]))
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
