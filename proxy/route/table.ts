/**
 * The route table: which route takes a call, by Gateway API's precedence, whatever the order in the file.
 * How it finds it says host-index.ts; how the next table is made from the one before, table-edit.ts.
 */
import type { MatchConfig, RouteConfig } from '../config/schema/route.ts'
import { atOnce } from '../runtime/steps.ts'
import type { RouteTable } from './host-index.ts'
import { RouteTableEdit, type RouteTableEntry } from './table-edit.ts'

export type { RouteTable } from './host-index.ts'
export { RouteTableEdit, type RouteTableEntry } from './table-edit.ts'

/** @returns the alternatives of a route's `match`; one that takes every call where the route has none. */
export function matchesOf(match: RouteConfig['match']): readonly MatchConfig[] {
  if (match === undefined) return [{}]
  return Array.isArray(match) ? match : [match]
}

/** @throws Error naming the route, for a host, path or regular expression that no call could be matched by. */
export function buildRouteTable<T>(routes: readonly RouteTableEntry<T>[]): RouteTable<T> {
  const edit = new RouteTableEdit<T>(null)
  for (const route of routes) edit.add(route)
  return atOnce(edit.finish())
}
