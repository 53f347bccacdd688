/**
 * What one file says of one object. Several files may claim the same object; `merge.ts` decides whose claim counts.
 */
import type { ConfigError, Position } from '../../proxy/config/config-error.ts'
import type { JsonObject, Kind } from '../../proxy/config/push/routing.ts'
import type { Selector } from './source.ts'

export interface Claim {
  readonly kind: Kind
  readonly name: string
  readonly origin: Position
  /** `routes[2]` */
  readonly path: string
  /** Of the file and of the object. */
  readonly selectors: readonly Selector[]
  /** null where the object is not valid. */
  readonly body: JsonObject | null
  /** What is wrong with this object; more may be wrong with its file. */
  readonly errors: readonly ConfigError[]
}

/** What was made of the text of one file. */
export interface ReadFile {
  /** Each kind and name may be there more than once. */
  readonly claims: readonly Claim[]
  /** What is wrong with the file, and with objects that cannot be told by name. */
  readonly errors: readonly ConfigError[]
  /** Kinds of which the file may say more than was understood: what it said of those before still counts. */
  readonly uncertain: ReadonlySet<Kind>
}

/** One text for each object, to look it up by. */
export function objectId({ kind, name }: { readonly kind: Kind; readonly name: string }): string {
  return `${kind}/${name}`
}
