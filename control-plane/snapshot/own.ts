/**
 * Looking up by a name that people chose: `constructor` and `toString` are names like any other.
 */
import type { JsonObject } from '../../proxy/config/push/routing.ts'

export function own(objects: Readonly<Record<string, JsonObject>>, name: string): JsonObject | undefined {
  return Object.hasOwn(objects, name) ? objects[name] : undefined
}
