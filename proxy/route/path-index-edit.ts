/**
 * The next index of one host, made from the one before: what is not touched is shared with it.
 *
 * Invariant: the index that it was made from stays as it is, and the result is the same as if it had been built from nothing.
 */
import type { Steps } from '../runtime/steps.ts'
import { PathIndex, type PathIndexParts } from './path-index.ts'
import { type ListedRule, type ListEdit, nextList } from './rule-list.ts'
import type { Rule } from './rule.ts'

/** Where the rules of a `match` stand. */
export type RulePlace =
  | { readonly kind: 'exact' | 'prefixes'; readonly key: string }
  | { readonly kind: 'regexes' }
  | { readonly kind: 'any' }

const noParts: PathIndexParts<never> = { exact: new Map(), prefixes: new Map(), regexes: null, any: null }

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
    const isEmpty = parts.exact.size === 0 && parts.prefixes.size === 0 && parts.regexes === null && parts.any === null
    return isEmpty ? undefined : new PathIndex(parts)
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
  lists: ReadonlyMap<string, ListedRule<T>>,
  edits: ReadonlyMap<string, ListEdit<T>>,
): Steps<ReadonlyMap<string, ListedRule<T>>> {
  if (edits.size === 0) return lists
  const next = new Map(lists)
  for (const [key, edit] of edits) {
    const rules = nextList(lists.get(key) ?? null, edit)
    if (rules === null) next.delete(key)
    else next.set(key, rules)
    yield
  }
  return next
}
