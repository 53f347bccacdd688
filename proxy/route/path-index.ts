/**
 * The rules of one host, indexed by path: exact paths first, then prefixes from the longest, then regular expressions, then rules that
 * name no path. Within each, the first rule that accepts the rest of the call wins.
 *
 * Invariant: the cost depends on how many different lengths the prefixes have, not on how many there are; only regular
 * expressions and rules that differ in nothing but method, headers and query are tried one by one.
 */
import { type RouteMatch, type RouteRequest, type Rule, accepts, compareRules } from './rule.ts'

const slash = 0x2f

export class PathIndex<T> {
  readonly #exact = new Map<string, Rule<T>[]>()
  readonly #prefixes = new Map<string, Rule<T>[]>()
  readonly #regexes: Rule<T>[] = []
  readonly #any: Rule<T>[] = []
  /** Of the prefixes, longest first. */
  #lengths: readonly number[] = []

  addExact(path: string, rule: Rule<T>): void {
    addTo(this.#exact, path, rule)
  }

  /** @param prefix without a trailing slash; empty for `/`. */
  addPrefix(prefix: string, rule: Rule<T>): void {
    addTo(this.#prefixes, prefix, rule)
  }

  addRegex(rule: Rule<T>): void {
    this.#regexes.push(rule)
  }

  addAny(rule: Rule<T>): void {
    this.#any.push(rule)
  }

  /** To be called once, when all rules are in. */
  seal(): void {
    for (const rules of [...this.#exact.values(), ...this.#prefixes.values(), this.#regexes, this.#any]) rules.sort(compareRules)
    const lengths = new Set(Array.from(this.#prefixes.keys(), (prefix) => prefix.length))
    this.#lengths = [...lengths].toSorted((a, b) => b - a)
  }

  find(request: RouteRequest): RouteMatch<T> | undefined {
    return this.#findExact(request) ?? this.#findPrefix(request) ?? firstOf(this.#regexes, request) ?? firstOf(this.#any, request)
  }

  #findExact(request: RouteRequest): RouteMatch<T> | undefined {
    if (this.#exact.size === 0) return undefined
    const rules = this.#exact.get(request.path)
    return rules === undefined ? undefined : firstOf(rules, request)
  }

  /** A prefix ends where a segment ends, so only those lengths are looked up behind which a slash or nothing follows. */
  #findPrefix(request: RouteRequest): RouteMatch<T> | undefined {
    const path = request.path
    for (let i = 0; i < this.#lengths.length; i++) {
      const length = this.#lengths[i] as number
      if (length > path.length || (length < path.length && path.charCodeAt(length) !== slash)) continue
      const rules = this.#prefixes.get(path.slice(0, length))
      const match = rules === undefined ? undefined : firstOf(rules, request)
      if (match !== undefined) return match
    }
    return undefined
  }
}

function addTo<T>(index: Map<string, Rule<T>[]>, key: string, rule: Rule<T>): void {
  const rules = index.get(key)
  if (rules === undefined) index.set(key, [rule])
  else rules.push(rule)
}

function firstOf<T>(rules: readonly Rule<T>[], request: RouteRequest): RouteMatch<T> | undefined {
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i] as Rule<T>
    if (accepts(rule, request)) return rule.match
  }
  return undefined
}
