/**
 * Routing as it is pushed: plain objects in the very language of the files, without `for`, by kind and name.
 * It is data only: the sidecar checks it with the same schema, and fills in `${env:...}` and `${file:...}` itself, so no secret is pushed.
 */
export const kinds = ['listeners', 'upstreams', 'routes'] as const
export type Kind = (typeof kinds)[number]

export type JsonObject = Readonly<Record<string, unknown>>

/** Listeners and routes carry their `name` within as well, as they do in a file. */
export type Routing = Readonly<Record<Kind, Readonly<Record<string, JsonObject>>>>

export const emptyRouting: Routing = { listeners: {}, upstreams: {}, routes: {} }

/** What is different from one routing to the next. What is both set and removed is removed. */
export interface RoutingChange {
  readonly set: Routing
  readonly remove: Readonly<Record<Kind, readonly string[]>>
}

/** @returns undefined where there is none of this name. */
export type ObjectLookup = (kind: Kind, name: string) => JsonObject | undefined

export function lookupIn(routing: Routing): ObjectLookup {
  return (kind, name) => (Object.hasOwn(routing[kind], name) ? routing[kind][name] : undefined)
}
