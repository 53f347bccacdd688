/**
 * The snapshot: one routing made ready to serve: routes compiled, upstreams built or taken over.
 *
 * Invariant: it never changes. What is the same as before is the same object: upstreams, so that their connections, bulkheads and
 * counters live on, and routes, so that one change among 10,000 costs little. Each call keeps the snapshot that it began with.
 */
import { type CompiledRoute, compileRoute, isCurrent, type RouteDeps } from './compiled-route.ts'
import type { RoutingObjects, VersionedRouting } from './config/push/routing-objects.ts'
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
  /** Those of the snapshot before in whose place another one of the same name is. */
  readonly replaced: readonly CompiledRoute[]
}

/** What is kept takes a fraction of a microsecond: many of those are one step. */
const keptAStep = 250

function* compileRoutes(
  { routes }: RoutingObjects,
  previous: Snapshot | null,
  upstreams: UpstreamSet,
  deps: SnapshotDeps,
): Steps<Compiled> {
  const all = new Map<string, CompiledRoute>()
  const made: CompiledRoute[] = []
  const replaced: CompiledRoute[] = []
  for (const [name, config] of routes) {
    const before = previous?.compiled.get(name)
    const isKept = before !== undefined && isCurrent(before, config, upstreams)
    const route = isKept ? before : compileRoute(config, upstreams, deps)
    all.set(name, route)
    if (!isKept) made.push(route)
    if (!isKept && before !== undefined) replaced.push(before)
    if (!isKept || all.size % keptAStep === 0) yield
  }
  return { all, made, replaced }
}

/** Only what is different is taken out and put in. */
function* nextTable(compiled: Compiled, previous: Snapshot | null): Steps<RouteTable<CompiledRoute>> {
  const edit = new RouteTableEdit(previous?.routes ?? null)
  const gone = previous === null ? [] : yield* routesGone(previous.compiled, compiled)
  for (const { name, config } of [...compiled.replaced, ...gone]) {
    edit.remove({ name, match: matchesOf(config.match) })
    yield
  }
  for (const value of compiled.made) {
    edit.add({ name: value.name, match: matchesOf(value.config.match), value })
    yield
  }
  return yield* edit.finish()
}

/** Only looked for where it is certain that there are some. */
function* routesGone(before: ReadonlyMap<string, CompiledRoute>, { all, made, replaced }: Compiled): Steps<CompiledRoute[]> {
  const gone: CompiledRoute[] = []
  if (before.size === all.size - made.length + replaced.length) return gone
  let looked = 0
  for (const [name, route] of before) {
    if (!all.has(name)) gone.push(route)
    if (++looked % keptAStep === 0) yield
  }
  return gone
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
