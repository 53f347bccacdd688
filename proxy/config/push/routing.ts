/**
 * Routing as it is pushed: plain objects in the very language of the files, without `for`, by kind and name.
 * It is data only: the sidecar checks it with the same schema, and fills in `${env:...}` and `${file:...}` itself, so no secret is pushed.
 */
import { createHash } from 'node:crypto'

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

/**
 * A version is a digest of digests: of each object once, as long as it is the same object, and of their sorted list.
 * @returns the same for the same content, whatever the order of its keys: 16 hex digits of SHA-256.
 */
export function routingVersion(routing: Routing): string {
  const known = versions.get(routing) ?? digestOfDigests(routing)
  versions.set(routing, known)
  return known
}

function digestOfDigests(routing: Routing): string {
  const lines = kinds.flatMap((kind) =>
    namesInOrder(routing[kind]).map((name) => `${kind} ${name} ${objectDigest(routing[kind][name] ?? {})}`),
  )
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)
}

/** Routings and their objects never change, so what was once hashed stays so. */
const versions = new WeakMap<Routing, string>()
const digests = new WeakMap<JsonObject, string>()

/** SHA-256 of one object, base64url. */
export function objectDigest(object: JsonObject): string {
  const known = digests.get(object)
  if (known !== undefined) return known
  const digest = createHash('sha256').update(canonical(object)).digest('base64url')
  digests.set(object, digest)
  return digest
}

/** By code unit: both ends have to agree, whatever their locale. */
function namesInOrder(objects: Readonly<Record<string, JsonObject>>): string[] {
  return Object.keys(objects).toSorted((a, b) => (a < b ? -1 : 1))
}

/** Deeper is no valid object anyway; going on would exhaust the stack. */
const deepest = 128

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  return canonicalAt(value, 0)
}

function canonicalAt(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (depth > deepest) return '"..."'
  if (Array.isArray(value)) return `[${value.map((item) => canonicalAt(item, depth + 1)).join(',')}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonicalAt(member, depth + 1)}`).join(',')}}`
}

export function applyChange(base: Routing, { set, remove }: RoutingChange): Routing {
  const next = (kind: Kind) => {
    const objects = { ...base[kind], ...set[kind] }
    for (const name of remove[kind]) delete objects[name]
    return objects
  }
  return { listeners: next('listeners'), upstreams: next('upstreams'), routes: next('routes') }
}
