/**
 * Which upstreams a route names. Found once for each route, as long as it is the same object.
 */
import { destinationsOf, upstreamOf } from '../../proxy/config/checks/destination.ts'
import { Cursor } from '../../proxy/config/cursor.ts'
import type { JsonObject } from '../../proxy/config/push/routing.ts'

const found = new WeakMap<JsonObject, readonly string[]>()

/** Each once, in the order in which they stand. */
export function upstreamsOf(route: JsonObject): readonly string[] {
  const known = found.get(route)
  if (known !== undefined) return known
  const names = destinationsOf(new Cursor(route)).map((destination) => upstreamOf(destination).text)
  const distinct = [...new Set(names.filter((name) => name !== undefined))]
  found.set(route, distinct)
  return distinct
}
