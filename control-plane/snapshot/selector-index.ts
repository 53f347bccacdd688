/**
 * Resources by whom they are for, so that a workload's share of them is found without looking at each.
 *
 * Invariant: a bucket whose objects did not change from one index to the next is the same bucket, so a view of unchanged buckets is unchanged.
 */
import { canonical } from '../../proxy/config/push/object-digest.ts'
import type { Resource, Selector } from '../source/source.ts'
import { isFor, mentionedLabels, type SelectedNode } from './selection.ts'

/** All resources with the same selectors, in the order of the publication. */
export interface Bucket {
  readonly key: string
  readonly selectors: readonly Selector[]
  readonly resources: readonly Resource[]
}

export class SelectorIndex {
  /** Keys of labels that decide who gets what. */
  readonly labels: readonly string[]
  readonly #buckets: ReadonlyMap<string, Bucket>

  /** @param previous buckets of it are used again where they say the same. */
  constructor(resources: readonly Resource[], previous?: SelectorIndex) {
    const sorted = Map.groupBy(resources, ({ selectors }) => (selectors.length === 0 ? '' : canonical(selectors)))
    this.#buckets = new Map([...sorted].map(([key, members]) => [key, reused(previous, key, members)]))
    this.labels = mentionedLabels([...this.#buckets.values()].map((one) => one.selectors))
  }

  /** In the order in which they first appear in the publication. */
  bucketsFor(node: SelectedNode): Bucket[] {
    return [...this.#buckets.values()].filter(({ selectors }) => isFor(selectors, node))
  }

  bucket(key: string): Bucket | undefined {
    return this.#buckets.get(key)
  }
}

function reused(previous: SelectorIndex | undefined, key: string, resources: readonly Resource[]): Bucket {
  const known = previous?.bucket(key)
  const isSame = known?.resources.length === resources.length && known.resources.every((one, at) => says(one, resources[at]))
  return isSame ? known : { key, selectors: resources[0]?.selectors ?? [], resources }
}

function says(a: Resource, b: Resource | undefined): boolean {
  return a.body === b?.body && a.name === b.name && a.kind === b.kind
}
