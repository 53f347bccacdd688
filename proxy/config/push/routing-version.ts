/**
 * The version of a routing: a digest of its content, which both ends of the config stream compute.
 *
 * Each object has a SHA-256 digest of its kind, name and content; those are added up, number by number, and the version is the digest
 * of the sum. A sum does not care in which order it was made, and what is taken out of it was never there: so a change costs what
 * changed, however many objects there are. It tells contents apart; it is no proof of where they come from, which TLS is.
 */
import { hash } from 'node:crypto'
import { atOnce, type Steps } from '../../runtime/steps.ts'
import type { PushedObjects } from './changes.ts'
import { objectDigest } from './object-digest.ts'
import { type JsonObject, type Kind, kinds, type ObjectLookup, type Routing, type RoutingChange } from './routing.ts'

/** SHA-256 as eight numbers of 32 bits, each of which wraps round by itself. */
type Sum = Uint32Array
const numbers = 8

/** Kept beside a routing, so that the version of the next one costs only what changed. It never changes itself. */
export class RoutingDigest {
  /** 64 hex digits. */
  readonly content: string
  readonly #sum: Sum

  /** Of a routing without objects. */
  static readonly empty = new RoutingDigest(new Uint32Array(numbers))

  static of(routing: Routing): Steps<RoutingDigest> {
    return RoutingDigest.empty.after(() => undefined, { set: routing, remove: { listeners: [], upstreams: [], routes: [] } })
  }

  private constructor(sum: Sum) {
    this.#sum = sum
    this.content = hash('sha256', sum.join(' '))
  }

  get version(): string {
    return this.content.slice(0, 16)
  }

  /** @param base finds in the routing that this is the digest of. */
  *after(base: ObjectLookup, { set, remove }: RoutingChange): Steps<RoutingDigest> {
    const sum = this.#sum.slice()
    for (const kind of kinds) {
      const gone = new Set(remove[kind])
      for (const name of gone) subtract(sum, kind, name, base(kind, name))
      for (const name of Object.keys(set[kind])) {
        if (gone.has(name)) continue
        subtract(sum, kind, name, base(kind, name))
        add(sum, 1, kind, name, set[kind][name] ?? {})
        yield
      }
    }
    return new RoutingDigest(sum)
  }
}

function subtract(sum: Sum, kind: Kind, name: string, object: JsonObject | undefined): void {
  if (object !== undefined) add(sum, -1, kind, name, object)
}

function add(sum: Sum, sign: 1 | -1, kind: Kind, name: string, object: JsonObject): void {
  const digest = hash('sha256', `${objectDigest(object)} ${kind} ${name}`, 'buffer')
  for (let i = 0; i < numbers; i++) sum[i] = (sum[i] as number) + sign * digest.readUInt32LE(4 * i)
}

export interface DigestedObjects {
  readonly objects: PushedObjects
  readonly digest: RoutingDigest
}

/** Routings never change, so what was once hashed stays so. */
const versions = new WeakMap<Routing, string>()

/** @returns 16 hex digits: the same for the same content, whatever the order of keys and names. */
export function routingVersion(routing: Routing): string {
  const known = versions.get(routing) ?? atOnce(RoutingDigest.of(routing)).version
  versions.set(routing, known)
  return known
}
