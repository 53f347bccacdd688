/**
 * The objects that are for one workload, as a routing that a sidecar can serve as a whole.
 *
 * Invariants: every upstream that a route of it names is in it, and no two of its listeners want the same port.
 * An object that would break that stays as it last was, or is left out where it never was right; the others go on changing.
 */
import type { JsonObject, Kind, Routing } from '../../proxy/config/push/routing.ts'
import type { Resource } from '../source/source.ts'
import { OpenPorts } from './listening.ts'
import { own } from './own.ts'
import { upstreamsOf } from './references.ts'

/** Why an object is not served as it stands in the source. */
export interface Problem {
  readonly kind: Kind
  readonly name: string
  readonly origin: Resource['origin']
  readonly message: string
  /** True: it stays as it last was. False: it is left out. */
  readonly held: boolean
}

export interface ConsistentRouting {
  readonly routing: Routing
  readonly problems: readonly Problem[]
}

type Objects = Record<string, JsonObject>

/**
 * @param resources those that are for this workload; of two with the same kind and name the first counts.
 * @param previous what the workload had before; it has to be consistent itself, as every result of this function is.
 */
export function consistentRouting(resources: Iterable<Resource>, previous: Routing): ConsistentRouting {
  const wanted: Record<Kind, Map<string, Resource>> = { listeners: new Map(), upstreams: new Map(), routes: new Map() }
  for (const resource of resources) {
    if (!wanted[resource.kind].has(resource.name)) wanted[resource.kind].set(resource.name, resource)
  }
  const problems: Problem[] = []
  const listeners = openListeners(wanted.listeners, previous.listeners, problems)
  const upstreams = bodiesOf(wanted.upstreams)
  const routes = routesTo(upstreams, wanted.routes, previous, problems)
  return { routing: { listeners, upstreams, routes }, problems }
}

function bodiesOf(resources: ReadonlyMap<string, Resource>): Objects {
  const objects: Objects = {}
  for (const [name, { body }] of resources) objects[name] = body
  return objects
}

/**
 * A route whose upstream is not there stays as it was, and so do the upstreams that it then needs: they are put into `upstreams`.
 * New routes cannot lean on those.
 */
function routesTo(upstreams: Objects, wanted: ReadonlyMap<string, Resource>, previous: Routing, problems: Problem[]): Objects {
  const routes: Objects = {}
  const kept: Objects = {}
  for (const [name, { body, origin }] of wanted) {
    const missing = upstreamsOf(body).find((upstream) => !Object.hasOwn(upstreams, upstream))
    const route = missing === undefined ? body : own(previous.routes, name)
    if (missing !== undefined) problems.push({ kind: 'routes', name, origin, message: dangling(missing), held: route !== undefined })
    if (route === undefined) continue
    routes[name] = route
    if (missing !== undefined) keep(route, upstreams, previous.upstreams, kept)
  }
  Object.assign(upstreams, kept)
  return routes
}

function dangling(upstream: string): string {
  return `there is no upstream ${JSON.stringify(upstream)} for this workload`
}

function keep(route: JsonObject, upstreams: Readonly<Objects>, previous: Readonly<Objects>, kept: Objects): void {
  for (const name of upstreamsOf(route)) {
    const last = own(previous, name)
    if (!Object.hasOwn(upstreams, name) && last !== undefined) kept[name] = last
  }
}

/** Whoever had a port before keeps it; of new ones the first gets it. Each round sends at least one back to where it was. */
function openListeners(wanted: ReadonlyMap<string, Resource>, previous: Readonly<Objects>, problems: Problem[]): Objects {
  const listeners = bodiesOf(wanted)
  for (let losers = losersOf(listeners, previous); losers.size > 0; losers = losersOf(listeners, previous)) {
    for (const [name, winner] of losers) {
      const last = listeners[name] === own(previous, name) ? undefined : own(previous, name)
      if (last === undefined) delete listeners[name]
      else listeners[name] = last
      const { origin } = wanted.get(name) as Resource
      const message = `the listener ${JSON.stringify(winner)} has its port already in this workload`
      problems.push({ kind: 'listeners', name, origin, message, held: last !== undefined })
    }
  }
  return listeners
}

/** By name, with who has their port. None of them stands where it stood before. */
function losersOf(listeners: Readonly<Objects>, previous: Readonly<Objects>): Map<string, string> {
  const stays = ([name, body]: [string, JsonObject]) => own(previous, name)?.['address'] === body['address']
  const all = Object.entries(listeners)
  const losers = new Map<string, string>()
  const ports = new OpenPorts()
  for (const [name, body] of [...all.filter(stays), ...all.filter((one) => !stays(one))]) {
    const winner = ports.take(name, body)
    if (winner !== undefined) losers.set(name, winner)
  }
  return losers
}
