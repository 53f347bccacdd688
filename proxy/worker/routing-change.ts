/**
 * How routing gets to the workers: what is different from the one before, with the cells that the workers share for it.
 *
 * Invariant: an object that says the same as before is not sent and keeps its cells, so what was built from it lives on in every worker,
 * and a worker that starts later shares it with the others.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Kind, kinds } from '../config/push/routing.ts'
import { editedKinds, type RoutingObjects, type VersionedRouting } from '../config/push/routing-objects.ts'
import { keysThatMayDiffer } from '../runtime/layered-map.ts'
import type { Steps } from '../runtime/steps.ts'
import type { Cells, SharedCells } from './shared-cells.ts'

export interface RoutingChange {
  readonly version: string
  readonly set: RoutingObjects
  readonly remove: Readonly<Record<Kind, ReadonlySet<string>>>
  /** Of those objects of `set` that share anything, by kind and name. */
  readonly cells: Readonly<Record<Kind, ReadonlyMap<string, Cells>>>
}

export const noRouting: RoutingObjects = { listeners: new Map(), upstreams: new Map(), routes: new Map() }

/** @param before what the worker has. */
export function changeTo({ version, objects }: VersionedRouting, before: RoutingObjects, shared: SharedCells): RoutingChange {
  const set = { listeners: new Map(), upstreams: new Map(), routes: new Map() }
  const remove = { listeners: new Set<string>(), upstreams: new Set<string>(), routes: new Set<string>() }
  const cells = { listeners: new Map<string, Cells>(), upstreams: new Map<string, Cells>(), routes: new Map<string, Cells>() }
  for (const kind of kinds) {
    for (const name of keysThatMayDiffer<string, object>(before[kind], objects[kind]) ?? [
      ...before[kind].keys(),
      ...objects[kind].keys(),
    ]) {
      const [old, object] = [before[kind].get(name), objects[kind].get(name)]
      if (old === object) continue
      if (object === undefined) remove[kind].add(name)
      else if (isDeepStrictEqual(old, object)) shared.same(object, old as object)
      else {
        set[kind].set(name, object)
        const shares = shared.of(kind, object, old)
        if (shares !== null) cells[kind].set(name, shares)
      }
    }
  }
  return { version, set, remove, cells }
}

export function changed(before: RoutingObjects, { set, remove }: RoutingChange): Steps<RoutingObjects> {
  return editedKinds(before, set, remove)
}
