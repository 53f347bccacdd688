/**
 * The next index of one host, made from the one before: what is not touched is shared with it.
 *
 * Invariant: the index that it was made from stays as it is, and the result is the same as if it had been built from nothing.
 */
import type { Steps } from '../runtime/steps.ts'
import { PathIndex, type PathIndexParts, type RuleList } from './path-index.ts'
import { compareRules, type Rule } from './rule.ts'

/** Where the rules of a `match` stand. */
export type RulePlace =
  | { readonly kind: 'exact' | 'prefixes'; readonly key: string }
  | { readonly kind: 'regexes' }
  | { readonly kind: 'any' }

interface ListEdit<T> {
  /** Names of routes. */
  readonly removed: Set<string>
  readonly added: Rule<T>[]
}

const noParts: PathIndexParts<never> = { exact: new Map(), prefixes: new Map(), regexes: [], any: [] }

export class PathIndexEdit<T> {
  readonly #parts: PathIndexParts<T>
  readonly #exact = new Map<string, ListEdit<T>>()
  readonly #prefixes = new Map<string, ListEdit<T>>()
  readonly #regexes: ListEdit<T> = { removed: new Set(), added: [] }
  readonly #any: ListEdit<T> = { removed: new Set(), added: [] }

  constructor(base: PathIndex<T> | undefined) {
    this.#parts = base?.parts ?? noParts
  }

  /** Of a route's rules, those that were there before. */
  remove(route: string, place: RulePlace): void {
    this.#listAt(place).removed.add(route)
  }

  add(rule: Rule<T>, place: RulePlace): void {
    this.#listAt(place).added.push(rule)
  }

  /** @returns undefined where no rule is left. */
  *finish(): Steps<PathIndex<T> | undefined> {
    const { exact, prefixes, regexes, any } = this.#parts
    const parts = {
      exact: yield* nextMap(exact, this.#exact),
      prefixes: yield* nextMap(prefixes, this.#prefixes),
      regexes: nextList(regexes, this.#regexes),
      any: nextList(any, this.#any),
    }
    const left = parts.exact.size + parts.prefixes.size + parts.regexes.length + parts.any.length
    return left === 0 ? undefined : new PathIndex(parts)
  }

  #listAt(place: RulePlace): ListEdit<T> {
    if (place.kind === 'regexes') return this.#regexes
    if (place.kind === 'any') return this.#any
    const edits = place.kind === 'exact' ? this.#exact : this.#prefixes
    const edit = edits.get(place.key) ?? { removed: new Set(), added: [] }
    edits.set(place.key, edit)
    return edit
  }
}

function* nextMap<T>(
  lists: ReadonlyMap<string, RuleList<T>>,
  edits: ReadonlyMap<string, ListEdit<T>>,
): Steps<ReadonlyMap<string, RuleList<T>>> {
  if (edits.size === 0) return lists
  const next = new Map(lists)
  for (const [key, edit] of edits) {
    const rules = nextList(lists.get(key) ?? [], edit)
    if (rules.length === 0) next.delete(key)
    else next.set(key, rules)
    yield
  }
  return next
}

/** Sorting is stable: equal rules are those of one route, in the order in which the route has them. */
function nextList<T>(rules: RuleList<T>, { removed, added }: ListEdit<T>): RuleList<T> {
  if (removed.size === 0 && added.length === 0) return rules
  return [...rules.filter(({ match }) => !removed.has(match.name)), ...added].toSorted(compareRules)
}
