/**
 * The route table itself: exact host before wildcard (the longest first) before no host; within a host as path-index.ts says.
 *
 * Invariant: precedence is among rules that match, so a more specific host whose rules all decline leaves the call to less
 * specific ones. Immutable; `match` allocates nothing but the slices that it looks up.
 */
import { normaliseHost } from './host.ts'
import type { PathIndex } from './path-index.ts'
import type { RouteMatch, RouteRequest } from './rule.ts'

export interface RouteTable<T> {
  match(request: RouteRequest): RouteMatch<T> | undefined
}

export interface HostIndexes<T> {
  readonly exact: ReadonlyMap<string, PathIndex<T>>
  /** By what follows the `*.`. */
  readonly wildcards: ReadonlyMap<string, PathIndex<T>>
  readonly any: PathIndex<T> | undefined
}

export class HostIndex<T> implements RouteTable<T> {
  readonly #exact: ReadonlyMap<string, PathIndex<T>>
  readonly #wildcards: ReadonlyMap<string, PathIndex<T>>
  readonly #any: PathIndex<T> | undefined

  constructor({ exact, wildcards, any }: HostIndexes<T>) {
    this.#exact = exact
    this.#wildcards = wildcards
    this.#any = any
  }

  get indexes(): HostIndexes<T> {
    return { exact: this.#exact, wildcards: this.#wildcards, any: this.#any }
  }

  match(request: RouteRequest): RouteMatch<T> | undefined {
    const host = normaliseHost(request.host)
    return this.#exact.get(host)?.find(request) ?? this.#matchWildcard(host, request) ?? this.#any?.find(request)
  }

  /** From the left: each dot begins a shorter suffix. The wildcard stands for at least one character. */
  #matchWildcard(host: string, request: RouteRequest): RouteMatch<T> | undefined {
    if (this.#wildcards.size === 0) return undefined
    for (let dot = host.indexOf('.', 1); dot > 0; dot = host.indexOf('.', dot + 1)) {
      const match = this.#wildcards.get(host.slice(dot + 1))?.find(request)
      if (match !== undefined) return match
    }
    return undefined
  }
}
