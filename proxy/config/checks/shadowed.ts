/**
 * Conditions that two routes share to the letter: of those only the route whose name comes first gets the calls.
 * That may be meant (a route that is kept ready), so it is a warning.
 */
import type { Cursor } from '../cursor.ts'
import { quoted } from '../expectation.ts'
import type { Findings } from './findings.ts'
import { conditionsOf } from './match.ts'

interface Condition {
  readonly at: Cursor
  readonly route: string
}

export function checkShadowed(routes: readonly Cursor[], findings: Findings): void {
  const first = new Map<string, Condition>()
  for (const condition of conditions(routes)) {
    const key = canonical(condition.at.value ?? {})
    const earlier = first.get(key)
    if (earlier === undefined) first.set(key, condition)
    else if (earlier.route !== condition.route)
      findings.warn(condition.at, `gets no call: the route ${quoted(earlier.route)} matches the same, and its name comes first`)
  }
}

/** In the order of the routes' names, which decides between equals. */
function conditions(routes: readonly Cursor[]): Condition[] {
  const all = routes.flatMap((route) => {
    const name = route.at('name').text ?? ''
    const own = conditionsOf(route)
    return (own.length === 0 ? [route.at('match')] : own).map((at) => ({ at, route: name }))
  })
  return all.toSorted((a, b) => Number(a.route > b.route) - Number(a.route < b.route))
}

/** The same text for the same value, whatever the order of its keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const pairs = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
  return `{${pairs.toSorted().join()}}`
}
