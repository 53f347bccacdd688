/**
 * The rules of one host, indexed by path: exact paths first, then prefixes from the longest, then regular expressions, then rules that
 * name no path. Within each, the first rule that accepts the rest of the call wins.
 *
 * Invariant: the cost depends on how many different lengths the prefixes have, not on how many there are; only regular
 * expressions and rules that differ in nothing but method, headers and query are tried one by one. Immutable; see path-index-edit.ts.
 */
import { firstOf, type ListedRule, type RuleList } from './rule-list.ts'
import type { RouteMatch, RouteRequest } from './rule.ts'

const slash = 0x2f

export interface PathIndexParts<T> {
  readonly exact: ReadonlyMap<string, ListedRule<T>>
  /** Without a trailing slash; empty for `/`. */
  readonly prefixes: ReadonlyMap<string, ListedRule<T>>
  readonly regexes: RuleList<T>
  readonly any: RuleList<T>
}

export class PathIndex<T> {
  readonly #exact: ReadonlyMap<string, ListedRule<T>>
  readonly #prefixes: ReadonlyMap<string, ListedRule<T>>
  readonly #regexes: RuleList<T>
  readonly #any: RuleList<T>
  /** Of the prefixes, longest first. */
  readonly #lengths: readonly number[]

  constructor(parts: PathIndexParts<T>) {
    this.#exact = parts.exact
    this.#prefixes = parts.prefixes
    this.#regexes = parts.regexes
    this.#any = parts.any
    this.#lengths = [...new Set(Array.from(parts.prefixes.keys(), (prefix) => prefix.length))].toSorted((a, b) => b - a)
  }

  get parts(): PathIndexParts<T> {
    return { exact: this.#exact, prefixes: this.#prefixes, regexes: this.#regexes, any: this.#any }
  }

  find(request: RouteRequest): RouteMatch<T> | undefined {
    return this.#findExact(request) ?? this.#findPrefix(request) ?? firstOf(this.#regexes, request) ?? firstOf(this.#any, request)
  }

  #findExact(request: RouteRequest): RouteMatch<T> | undefined {
    if (this.#exact.size === 0) return undefined
    return firstOf(this.#exact.get(request.path) ?? null, request)
  }

  /** A prefix ends where a segment ends, so only those lengths are looked up behind which a slash or nothing follows. */
  #findPrefix(request: RouteRequest): RouteMatch<T> | undefined {
    const path = request.path
    for (let i = 0; i < this.#lengths.length; i++) {
      const length = this.#lengths[i] as number
      if (length > path.length || (length < path.length && path.charCodeAt(length) !== slash)) continue
      const match = firstOf(this.#prefixes.get(path.slice(0, length)) ?? null, request)
      if (match !== undefined) return match
    }
    return undefined
  }
}
