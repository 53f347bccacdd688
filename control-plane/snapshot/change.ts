/**
 * What is different from one routing to the next. Found once for each pair, however many sidecars take that step.
 */
import { objectDigest } from '../../proxy/config/push/object-digest.ts'
import { type JsonObject, type Kind, kinds, type Routing, type RoutingChange } from '../../proxy/config/push/routing.ts'
import { own } from './own.ts'

const found = new WeakMap<Routing, WeakMap<Routing, RoutingChange>>()

/** `base` and what is found have together the version of `next`. */
export function change(base: Routing, next: Routing): RoutingChange {
  const steps = found.get(base) ?? new WeakMap<Routing, RoutingChange>()
  found.set(base, steps)
  const known = steps.get(next) ?? difference(base, next)
  steps.set(next, known)
  return known
}

/** True where nothing would be set or removed. */
export function isEmptyChange({ set, remove }: RoutingChange): boolean {
  return kinds.every((kind) => remove[kind].length === 0 && Object.keys(set[kind]).length === 0)
}

function difference(base: Routing, next: Routing): RoutingChange {
  const set = (kind: Kind) => Object.fromEntries(Object.entries(next[kind]).filter(([name, body]) => !isSame(own(base[kind], name), body)))
  const remove = (kind: Kind) => Object.keys(base[kind]).filter((name) => !Object.hasOwn(next[kind], name))
  return {
    set: { listeners: set('listeners'), upstreams: set('upstreams'), routes: set('routes') },
    remove: { listeners: remove('listeners'), upstreams: remove('upstreams'), routes: remove('routes') },
  }
}

function isSame(a: JsonObject | undefined, b: JsonObject): boolean {
  return a === b || (a !== undefined && objectDigest(a) === objectDigest(b))
}
