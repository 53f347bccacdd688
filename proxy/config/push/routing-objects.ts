/**
 * Routing as it is served: parsed, secrets filled in, by kind and name. The maps are not changed once they are made.
 */
import { isDeepStrictEqual } from 'node:util'
import { editedMap } from '../../runtime/layered-map.ts'
import type { Steps } from '../../runtime/steps.ts'
import type { Config } from '../schema/config.ts'
import type { ConfigByKind } from './check-object.ts'
import type { Kind } from './routing.ts'

export type RoutingObjects = { readonly [K in Kind]: ReadonlyMap<string, ConfigByKind[K]> }

/** What is to be made ready to serve. */
export interface VersionedRouting {
  readonly version: string
  readonly objects: RoutingObjects
}

type ByKind = Readonly<Record<Kind, ReadonlyMap<string, unknown>>>
type Names = Readonly<Record<Kind, ReadonlySet<string>>>

export const nothingRemoved: Names = { listeners: new Set(), upstreams: new Set(), routes: new Set() }

/** @returns maps that are the very same where nothing is different. */
export function* editedKinds<T extends ByKind>(objects: T, set: T, remove: Names): Steps<T> {
  return {
    listeners: yield* editedMap(objects.listeners, set.listeners, remove.listeners),
    upstreams: yield* editedMap(objects.upstreams, set.upstreams, remove.upstreams),
    routes: yield* editedMap(objects.routes, set.routes, remove.routes),
  } as unknown as T
}

/** @param before an object that is the same as there is taken from there. */
export function objectsOf({ listeners, upstreams, routes }: Config, before: RoutingObjects | null): RoutingObjects {
  return {
    listeners: kept(
      listeners.map((listener) => [listener.name, listener]),
      before?.listeners,
    ),
    upstreams: kept(Object.entries(upstreams), before?.upstreams),
    routes: kept(
      routes.map((route) => [route.name, route]),
      before?.routes,
    ),
  }
}

function kept<T>(objects: readonly (readonly [string, T])[], before: ReadonlyMap<string, T> | undefined): Map<string, T> {
  return new Map(objects.map(([name, object]) => [name, sameOr(object, before?.get(name))]))
}

/** @returns `before` where it says the same, so that what was built from it can be kept. */
export function sameOr<T>(object: T, before: T | undefined): T {
  return before !== undefined && isDeepStrictEqual(before, object) ? before : object
}
