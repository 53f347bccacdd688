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
import { editedMap, keysThatMayDiffer } from './runtime/layered-map.ts'
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
  readonly made: ReadonlyMap<string, CompiledRoute>
  /** Those of the snapshot before that are not in this one. */
  readonly gone: readonly CompiledRoute[]
}

/** What is kept takes a fraction of a microsecond: many of those are one step. */
const namesAStep = 250

function* compileRoutes(objects: RoutingObjects, previous: Snapshot | null, upstreams: UpstreamSet, deps: RouteDeps): Steps<Compiled> {
  const before = previous?.compiled ?? new Map<string, CompiledRoute>()
  const made = new Map<string, CompiledRoute>()
  const gone: CompiledRoute[] = []
  const removed = new Set<string>()
  let looked = 0
  for (const name of routesToLookAt(objects, previous, upstreams)) {
    const [known, wanted] = [before.get(name), objects.routes.get(name)]
    const isKept = known !== undefined && wanted !== undefined && isCurrent(known, wanted, upstreams)
    if (!isKept && known !== undefined) gone.push(known)
    if (wanted === undefined) removed.add(name)
    else if (!isKept) made.set(name, compileRoute(wanted, upstreams, deps))
    if (!isKept || ++looked % namesAStep === 0) yield
  }
  return { all: yield* editedMap(before, made, removed), made, gone }
}

/** All of them, or those few that may be different where it is certain that the others serve on as they are. */
function routesToLookAt(
  { upstreams: configs, routes }: RoutingObjects,
  previous: Snapshot | null,
  upstreams: UpstreamSet,
): Iterable<string> {
  if (previous === null) return routes.keys()
  const { routing, compiled } = previous
  const edited = configs === routing.upstreams ? keysThatMayDiffer(routing.routes, routes) : null
  // A compartment for mirrors is there for as long as a route uses it: whether another one does, only a look at all can tell.
  const usesMirrors = (name: string) => compiled.get(name)?.uses.some(({ role }) => role === 'mirror') === true
  if (edited === null || [...edited].some(usesMirrors)) return new Set([...routes.keys(), ...compiled.keys()])
  upstreams.keepAll('mirror')
  return edited
}

/** Only what is different is taken out and put in. */
function* nextTable({ made, gone }: Compiled, previous: Snapshot | null): Steps<RouteTable<CompiledRoute>> {
  const edit = new RouteTableEdit(previous?.routes ?? null)
  for (const { name, config } of gone) {
    edit.remove({ name, match: matchesOf(config.match) })
    yield
  }
  for (const [name, value] of made) {
    edit.add({ name, match: matchesOf(value.config.match), value })
    yield
  }
  return yield* edit.finish()
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
