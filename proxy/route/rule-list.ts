/**
 * The rules of one place in an index: a chain in the order of `compareRules`, of which the first that accepts a call takes it.
 *
 * Invariant: a list never changes; the next one shares with it what stays as it is behind the last difference.
 * Nearly every list has one rule, and that rule is the list: a call among 10,000 routes pays for each object that it has to look at.
 */
import { type RouteMatch, type RouteRequest, type Rule, accepts, compareRules } from './rule.ts'

export interface ListedRule<T> extends Rule<T> {
  readonly next: RuleList<T>
}

/** null for no rules. */
export type RuleList<T> = ListedRule<T> | null

export interface ListEdit<T> {
  /** Names of routes. */
  readonly removed: Set<string>
  readonly added: Rule<T>[]
}

export function firstOf<T>(list: RuleList<T>, request: RouteRequest): RouteMatch<T> | undefined {
  for (let rule = list; rule !== null; rule = rule.next) if (accepts(rule, request)) return rule
  return undefined
}

/** Sorting is stable: equal rules are those of one route, in the order in which the route has them. */
export function nextList<T>(list: RuleList<T>, { removed, added }: ListEdit<T>): RuleList<T> {
  if (removed.size === 0 && added.length === 0) return list
  const kept = rulesOf(list).filter(({ name }) => !removed.has(name))
  return [...kept, ...added].toSorted(compareRules).reduceRight<RuleList<T>>(before, null)
}

function rulesOf<T>(list: RuleList<T>): (Rule<T> | ListedRule<T>)[] {
  const rules: ListedRule<T>[] = []
  for (let rule = list; rule !== null; rule = rule.next) rules.push(rule)
  return rules
}

function before<T>(next: RuleList<T>, rule: Rule<T> | ListedRule<T>): ListedRule<T> {
  if ('next' in rule && rule.next === next) return rule
  const { conditions, value, prefixLength, name } = rule
  return { conditions, value, prefixLength, next, name }
}
