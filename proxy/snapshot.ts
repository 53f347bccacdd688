/**
 * The snapshot: one routing made ready to serve: routes compiled, upstreams built or taken over.
 *
 * Invariant: it never changes. What is the same as before is the same object: upstreams, so that their connections, bulkheads and
 * counters live on, and routes, so that one change among 10,000 costs little. Each call keeps the snapshot that it began with.
 */
import { type CompiledRoute, compileRoute, isCurrent, type RouteDeps } from './compiled-route.ts'
import type { RoutingObjects } from './config/push/routing-objects.ts'
import type { ListenerConfig } from './config/schema/listener.ts'
import type { UpstreamConfig } from './config/schema/upstream.ts'
import type { ListenerFacts } from './http/exchange.ts'
import { compileInboundListener, type InboundListener } from './inbound-listener.ts'
import { matchesOf, type RouteTable, RouteTableEdit } from './route/table.ts'
import type { Steps } from './runtime/steps.ts'
import { type CreateUpstream, type Upstreams, UpstreamSet } from './upstream-set.ts'

export interface Snapshot {
  /** The same content has the same version. */
  readonly version: string
  readonly routing: RoutingObjects
  readonly routes: RouteTable<CompiledRoute>
  readonly compiled: ReadonlyMap<string, CompiledRoute>
  /** By name: a port keeps its socket when only its host or `paths` changes, so each call asks the snapshot. */
  readonly listeners: ReadonlyMap<string, ListenerFacts>
  /** By name: listeners whose calls go to the app, past the routes. */
  readonly inbound: ReadonlyMap<string, InboundListener>
  readonly upstreams: Upstreams
}

export interface SnapshotDeps extends RouteDeps {
  readonly createUpstream: CreateUpstream
}

/** What is to be made ready. */
export interface VersionedRouting {
  readonly version: string
  readonly objects: RoutingObjects
}

/** @throws an Error that says what cannot be built (a certificate that cannot be read, for one); nothing is left behind then. */
export function* buildSnapshot({ version, objects }: VersionedRouting, previous: Snapshot | null, deps: SnapshotDeps): Steps<Snapshot> {
  const upstreams = new UpstreamSet(objects.upstreams, previous?.upstreams ?? null, deps.createUpstream)
  try {
    for (const name of objects.upstreams.keys()) {
      upstreams.resolve(name, 'primary')
      yield
    }
    const compiled = yield* compileRoutes(objects, previous, upstreams, deps)
    const routes = yield* nextTable(compiled, previous)
    const inbound = inboundByName(objects.listeners, upstreams)
    const listeners = factsByName(objects.listeners)
    return { version, routing: objects, routes, compiled: compiled.all, listeners, inbound, upstreams: upstreams.all }
  } catch (error) {
    upstreams.abandon()
    throw error
  } finally {
    upstreams.forget()
  }
}

interface Compiled {
  readonly all: ReadonlyMap<string, CompiledRoute>
  /** Those that are not in the snapshot before. */
  readonly made: readonly CompiledRoute[]
}

function* compileRoutes(
  { routes }: RoutingObjects,
  previous: Snapshot | null,
  upstreams: UpstreamSet,
  deps: SnapshotDeps,
): Steps<Compiled> {
  const all = new Map<string, CompiledRoute>()
  const made: CompiledRoute[] = []
  for (const [name, config] of routes) {
    const before = previous?.compiled.get(name)
    if (before !== undefined && isCurrent(before, config, upstreams)) all.set(name, before)
    else {
      const route = compileRoute(config, upstreams, deps)
      all.set(name, route)
      made.push(route)
    }
    yield
  }
  return { all, made }
}

/** Only what is different is taken out and put in. */
function* nextTable({ all, made }: Compiled, previous: Snapshot | null): Steps<RouteTable<CompiledRoute>> {
  const edit = new RouteTableEdit(previous?.routes ?? null)
  const kept = all.size - made.length
  if (previous !== null && kept < previous.compiled.size) yield* takeOut(previous.compiled, all, edit)
  for (const value of made) {
    edit.add({ name: value.name, match: matchesOf(value.config.match), value })
    yield
  }
  return yield* edit.finish()
}

type Routes = ReadonlyMap<string, CompiledRoute>

function* takeOut(before: Routes, now: Routes, edit: RouteTableEdit<CompiledRoute>): Steps<void> {
  for (const [name, route] of before) {
    if (now.get(name) === route) continue
    edit.remove({ name, match: matchesOf(route.config.match) })
    yield
  }
}

function inboundByName(listeners: ReadonlyMap<string, ListenerConfig>, upstreams: UpstreamSet): ReadonlyMap<string, InboundListener> {
  const resolve = (name: string, config: UpstreamConfig) => upstreams.resolve(name, 'inbound', config)
  const inbound = new Map<string, InboundListener>()
  for (const [name, config] of listeners) {
    if (config.inbound !== undefined) inbound.set(name, compileInboundListener(name, config.inbound, resolve))
  }
  return inbound
}

function factsByName(listeners: ReadonlyMap<string, ListenerConfig>): ReadonlyMap<string, ListenerFacts> {
  return new Map(Array.from(listeners.values(), ({ name, host, paths }) => [name, { name, host, lenientPaths: paths === 'lenient' }]))
}
