/**
 * Series by their labels, bounded whatever comes in.
 *
 * Labels are names from the configuration, and a sidecar that is reloaded for years with ever new names must not grow for ever:
 * beyond the limit, one entry named `overflow` counts for all that are new. Labels are looked up as they are: a key joined of them
 * would have to be made, hashed and compared for each call.
 */
export const overflowName = 'overflow'

const mostSeries = 10_000

/** What has the same upstream and kind, by route. */
interface Group<S, K> {
  readonly upstream: string
  readonly kind: K
  readonly byRoute: Map<string, S>
}

/** Labels that a series does not have are empty. A kind is what there are few of: an action, an outcome. */
export class SeriesTable<S, K extends string> {
  readonly all: S[] = []
  readonly #byUpstream = new Map<string, Map<K, Group<S, K>>>()
  readonly #overflow: S
  readonly #make: (upstream: string, kind: K, route: string) => S
  readonly #limit: number
  /** Most calls are in the group of the one before. */
  #last: Group<S, K> | undefined

  constructor(overflow: S, make: (upstream: string, kind: K, route: string) => S, limit = mostSeries) {
    this.#overflow = overflow
    this.#make = make
    this.#limit = limit
  }

  /** @returns the series to count in: a new one where there was none, or the overflow where the table is full. */
  at(upstream: string, kind: K, route: string): S {
    return this.#find(upstream, kind)?.byRoute.get(route) ?? this.#add(upstream, kind, route)
  }

  #find(upstream: string, kind: K): Group<S, K> | undefined {
    const last = this.#last
    if (last !== undefined && last.upstream === upstream && last.kind === kind) return last
    const found = this.#byUpstream.get(upstream)?.get(kind)
    if (found !== undefined) this.#last = found
    return found
  }

  #add(upstream: string, kind: K, route: string): S {
    if (this.all.length >= this.#limit) {
      if (this.all.length === this.#limit) this.all.push(this.#overflow)
      return this.#overflow
    }
    const series = this.#make(upstream, kind, route)
    const group = this.#find(upstream, kind) ?? this.#addGroup(upstream, kind)
    group.byRoute.set(route, series)
    this.all.push(series)
    return series
  }

  #addGroup(upstream: string, kind: K): Group<S, K> {
    const byKind = this.#byUpstream.get(upstream) ?? new Map<K, Group<S, K>>()
    const group = { upstream, kind, byRoute: new Map<string, S>() }
    this.#byUpstream.set(upstream, byKind.set(kind, group))
    return group
  }
}
