/**
 * Routing as it is pushed: plain objects in the very language of the files, without `for`, by kind and name.
 * It is data only: the sidecar checks it with the same schema, and fills in `${env:...}` and `${file:...}` itself, so no secret is pushed.
 */
import type { Steps } from '../../runtime/steps.ts'

export const kinds = ['listeners', 'upstreams', 'routes'] as const
export type Kind = (typeof kinds)[number]

export type JsonObject = Readonly<Record<string, unknown>>

/** Listeners and routes carry their `name` within as well, as they do in a file. */
export type Routing = Readonly<Record<Kind, Readonly<Record<string, JsonObject>>>>

export const emptyRouting: Routing = { listeners: {}, upstreams: {}, routes: {} }

/** What is different from one routing to the next. */
export interface RoutingChange {
  readonly set: Routing
  readonly remove: Readonly<Record<Kind, readonly string[]>>
}

/** What did not change is the same as in `base`. What is both set and removed is removed. */
export function* applyChange(base: Routing, { set, remove }: RoutingChange): Steps<Routing> {
  return {
    listeners: yield* edited(base.listeners, set.listeners, remove.listeners),
    upstreams: yield* edited(base.upstreams, set.upstreams, remove.upstreams),
    routes: yield* edited(base.routes, set.routes, remove.routes),
  }
}

type Objects = Routing[Kind]

/** Key by key: a spread of 10,000 members takes ten times as long. */
function* edited(base: Objects, set: Objects, remove: readonly string[]): Steps<Objects> {
  const names = Object.keys(set)
  if (names.length === 0 && remove.length === 0) return base
  const gone = new Set(remove)
  // Without a prototype `__proto__` is a name like any other (CWE-1321).
  const next = Object.create(null) as Record<string, JsonObject>
  yield* copied(base, Object.keys(base), gone, next)
  yield* copied(set, names, gone, next)
  return next
}

const namesAStep = 250

function* copied(from: Objects, names: readonly string[], except: ReadonlySet<string>, to: Record<string, JsonObject>): Steps<void> {
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string
    if (!except.has(name)) to[name] = from[name] as JsonObject
    if (at % namesAStep === namesAStep - 1) yield
  }
}
