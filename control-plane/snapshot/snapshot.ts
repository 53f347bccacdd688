/**
 * What one workload gets: a routing that can be served as a whole, its version, and what of it is not as it stands in the source.
 * A snapshot never changes; a new publication makes another.
 */
import { emptyRouting, lookupIn, type Routing } from '../../proxy/config/push/routing.ts'
import { RoutingDigest } from '../../proxy/config/push/routing-version.ts'
import { atOnce, type Steps } from '../../proxy/runtime/steps.ts'
import { change } from './change.ts'
import { consistentRouting, type Problem } from './consistent-routing.ts'
import type { Bucket } from './selector-index.ts'

export interface Snapshot {
  readonly routing: Routing
  readonly version: string
  readonly problems: readonly Problem[]
}

/** A snapshot and what it was made of. Workloads with the same view share it. */
export interface View extends Snapshot {
  readonly digest: RoutingDigest
  readonly buckets: readonly Bucket[]
}

export const emptyView: View = {
  routing: emptyRouting,
  version: RoutingDigest.empty.version,
  digest: RoutingDigest.empty,
  problems: [],
  buckets: [],
}

/** Makes each step from one view to the next once, for as many groups as take it. For one publication. */
export class ViewMaker {
  readonly #made = new Map<View, Map<string, View>>()

  next(previous: View, buckets: readonly Bucket[]): View {
    if (previous.problems.length === 0 && isSameList(previous.buckets, buckets)) return previous
    const steps = this.#made.get(previous) ?? new Map<string, View>()
    this.#made.set(previous, steps)
    const key = buckets.map((bucket) => bucket.key).join('\n')
    const view = steps.get(key) ?? makeView(previous, buckets)
    steps.set(key, view)
    return view
  }
}

/** The same content keeps the routing that it had, so that what is remembered of a routing is not lost. */
function makeView(previous: View, buckets: readonly Bucket[]): View {
  const { routing, problems } = consistentRouting(
    buckets.flatMap((bucket) => bucket.resources),
    previous.routing,
  )
  const digest = atOnce(digestOf(routing, previous))
  const { version } = digest
  return { routing: version === previous.version ? previous.routing : routing, version, digest, problems, buckets }
}

/** The first routing of a workload is no step from anything: a change that holds all of it would stay in memory as long as it does. */
function digestOf(routing: Routing, { digest, routing: base }: View): Steps<RoutingDigest> {
  return base === emptyRouting ? RoutingDigest.of(routing) : digest.after(lookupIn(base), change(base, routing))
}

export function isSameList(a: readonly Bucket[], b: readonly Bucket[]): boolean {
  return a.length === b.length && a.every((bucket, at) => bucket === b[at])
}
