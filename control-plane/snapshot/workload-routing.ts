/**
 * From everything that the source says to what one workload gets: first whom each object is for, then whether they fit together.
 * Pure: the same arguments give the same answer.
 */
import { emptyRouting, type Routing } from '../../proxy/config/push/routing.ts'
import type { Resource } from '../source/source.ts'
import { type ConsistentRouting, consistentRouting } from './consistent-routing.ts'
import { isFor, type SelectedNode } from './selection.ts'

/** @param previous what the workload had before: objects with problems stay as they are in it. Default: nothing. */
export function workloadRouting(resources: readonly Resource[], node: SelectedNode, previous: Routing = emptyRouting): ConsistentRouting {
  return consistentRouting(
    resources.filter(({ selectors }) => isFor(selectors, node)),
    previous,
  )
}
