/**
 * One destination, in whatever action: its rewrites, and whether the route gives them something to rewrite.
 */
import type { Cursor } from '../cursor.ts'
import { quoted } from '../expectation.ts'
import { checkExpression } from './expression.ts'
import type { Findings } from './findings.ts'
import { checkHeaderChanges } from './headers.ts'
import { conditionsOf } from './match.ts'
import { checkMethod, neverSent } from './method.ts'
import { checkPath } from './path-text.ts'

/** Every destination of a route, mirrors included. The short form of `forward` is a text. */
export function destinationsOf(route: Cursor): Cursor[] {
  const forward = route.at('forward')
  return [
    ...(forward.present ? [forward] : []),
    ...route.at('split').items(),
    ...route.at('fanout').at('to').items(),
    ...route.at('mirror').items(),
  ]
}

/** Where a destination names its upstream. */
export function upstreamOf(destination: Cursor): Cursor {
  return destination.text === undefined ? destination.at('upstream') : destination
}

export function checkDestination(destination: Cursor, route: Cursor, findings: Findings): void {
  const [path, pathPrefix] = [destination.at('path'), destination.at('pathPrefix')]
  if (path.present && pathPrefix.present) findings.error(pathPrefix, 'found both `path` and `pathPrefix`, expected one of them', 'key')
  checkPath(path, 'with query', findings)
  checkPath(pathPrefix, 'without query', findings)
  checkPrefixRewrite(pathPrefix, route, findings)
  checkMethod(destination.at('method'), findings, neverSent)
  checkHeaderChanges(destination.at('headers'), findings)
  checkExpression(destination.at('body'), findings)
}

function checkPrefixRewrite(pathPrefix: Cursor, route: Cursor, findings: Findings): void {
  if (!pathPrefix.present) return
  const conditions = conditionsOf(route)
  const matched = conditions.length > 0 && conditions.every((condition) => condition.at('pathPrefix').present)
  if (!matched)
    findings.error(pathPrefix, 'replaces the prefix that the route matched, so every `match` of the route needs a `pathPrefix`', 'key')
}

/** Each its own, where answers or callers are told apart by them. @returns the names. */
export function checkDestinationNames(destinations: readonly Cursor[], findings: Findings): Set<string> {
  const names = new Set<string>()
  for (const destination of destinations) {
    const own = destination.at('name')
    const at = own.present ? own : destination.at('upstream')
    if (at.text === undefined) continue
    if (names.has(at.text)) findings.error(at, `another destination is called ${quoted(at.text)} already; give each its own \`name\``)
    names.add(at.text)
  }
  return names
}
