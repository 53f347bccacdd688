/**
 * What has to be read anew when routing is pushed: the objects that are new or different, and the names of those that are gone.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Steps } from '../../runtime/steps.ts'
import { type JsonObject, type Kind, kinds, type Routing, type RoutingChange } from './routing.ts'

/** Objects as they were pushed. */
export type PushedObjects = Readonly<Record<Kind, ReadonlyMap<string, JsonObject>>>

export const nothingPushed: PushedObjects = { listeners: new Map(), upstreams: new Map(), routes: new Map() }

export interface Changes {
  readonly set: PushedObjects
  readonly remove: Readonly<Record<Kind, ReadonlySet<string>>>
}

/** @param content all of it, or what is different from `pushed`. */
export function* changesTo(pushed: PushedObjects, content: Routing | RoutingChange): Steps<Changes> {
  const isChange = 'set' in content
  const set = { listeners: new Map<string, JsonObject>(), upstreams: new Map<string, JsonObject>(), routes: new Map<string, JsonObject>() }
  const remove = { listeners: new Set<string>(), upstreams: new Set<string>(), routes: new Set<string>() }
  for (const kind of kinds) {
    const bodies = isChange ? content.set[kind] : content[kind]
    const gone = isChange ? content.remove[kind] : yield* missing(pushed[kind], bodies)
    for (const name of gone) if (pushed[kind].has(name)) remove[kind].add(name)
    yield* differing(pushed[kind], bodies, new Set(isChange ? gone : []), set[kind])
  }
  return { set, remove }
}

function* missing(pushed: ReadonlyMap<string, JsonObject>, bodies: Readonly<Record<string, JsonObject>>): Steps<string[]> {
  const names: string[] = []
  for (const name of pushed.keys()) {
    if (!Object.hasOwn(bodies, name)) names.push(name)
    yield
  }
  return names
}

/** What is both set and removed is removed. */
function* differing(
  pushed: ReadonlyMap<string, JsonObject>,
  bodies: Readonly<Record<string, JsonObject>>,
  removed: ReadonlySet<string>,
  found: Map<string, JsonObject>,
): Steps<void> {
  for (const name of Object.keys(bodies)) {
    const body = bodies[name] as JsonObject
    if (!removed.has(name) && !isDeepStrictEqual(pushed.get(name), body)) found.set(name, body)
    yield
  }
}
