/**
 * The conditions of a route: whether a call can meet them at all.
 */
import { re2js } from '../../runtime/on-demand.ts'
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'
import { checkMatchedHeaders } from './headers.ts'
import { checkMethod, methodsAt } from './method.ts'
import { checkPath } from './path-text.ts'

/** `match` as a list, whether it was written as one or not; empty where the route takes every call. */
export function conditionsOf(route: Cursor): Cursor[] {
  const match = route.at('match')
  return match.isObject ? [match] : match.items()
}

export function checkMatch(condition: Cursor, findings: Findings): void {
  const paths = ['path', 'pathPrefix', 'pathRegex'].map((key) => condition.at(key)).filter((path) => path.present)
  const [first, second] = paths
  if (first !== undefined && second !== undefined) {
    findings.error(second, `found \`${String(first.path.at(-1))}\` and \`${String(second.path.at(-1))}\`, expected one of them`, 'key')
  }
  checkPath(condition.at('path'), 'without query', findings)
  checkPath(condition.at('pathPrefix'), 'without query', findings)
  checkRegex(condition.at('pathRegex'), findings)
  checkMethod(condition.at('method'), findings)
  checkTunnelMatch(condition, findings)
  checkMatchedHeaders(condition.at('headers'), findings)
  for (const key of ['headers', 'query']) for (const [, value] of condition.at(key).entries()) checkRegex(value.at('regex'), findings)
}

/** Whether the calls that it takes may come by CONNECT. */
export function takesConnect(condition: Cursor): boolean {
  return methodsAt(condition.at('method')).some((method) => method.text === 'CONNECT')
}

/** CONNECT names a host and a port, and nothing else. */
function checkTunnelMatch(condition: Cursor, findings: Findings): void {
  if (!takesConnect(condition) || methodsAt(condition.at('method')).length > 1) return
  for (const key of ['path', 'pathPrefix', 'pathRegex', 'query']) {
    const found = condition.at(key)
    if (found.present) findings.error(found, 'a `CONNECT` has neither path nor query, so no call would match', 'key')
  }
}

/** RE2 has neither look-around nor back-references: what could backtrack cannot be said. */
function checkRegex(at: Cursor, findings: Findings): void {
  if (at.text === undefined) return
  try {
    re2js().RE2JS.compile(at.text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be compiled'
    findings.error(at, `expected a regular expression in RE2 syntax (no look-around, no back-references): ${reason}`)
  }
}
