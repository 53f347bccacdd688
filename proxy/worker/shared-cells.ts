/**
 * The memory that the workers share for one object of the routing: where its splits and mirrors stand, and how full its compartments are.
 *
 * It hangs on the object itself, so nobody has to give it back: memory that no thread knows any more is collected.
 */
import type { Kind } from '../config/push/routing.ts'
import type { RoutingObjects } from '../config/push/routing-objects.ts'
import type { ListenerConfig } from '../config/schema/listener.ts'
import type { RouteConfig } from '../config/schema/route.ts'
import { SharedCount } from '../upstream/shared-count.ts'
import { compartmentCells, listenerPlaces, upstreamPlaces } from './compartments.ts'

export type Cells = Int32Array

export class SharedCells {
  readonly #workers: number
  readonly #cells = new WeakMap<object, Cells>()

  constructor(workers: number) {
    this.#workers = workers
  }

  /** @param before the object of that name in the routing before. @returns always the same for the same object; null where nothing is shared. */
  of(kind: Kind, object: object, before: object | undefined): Cells | null {
    const known = this.#cells.get(object)
    if (known !== undefined) return known
    const kept = kind === 'listeners' ? this.#ofSameApp(object as ListenerConfig, before as ListenerConfig | undefined) : undefined
    const cells = kept ?? newCells(this.#size(kind, object))
    if (cells !== null) this.#cells.set(object, cells)
    return cells
  }

  /** The object says the same as the one before: it has the same cells. */
  same(object: object, before: object): void {
    const cells = this.#cells.get(before)
    if (cells !== undefined) this.#cells.set(object, cells)
  }

  /** What a worker had of the compartments that take calls, and that is no more, is given back. */
  giveBack({ upstreams, listeners }: RoutingObjects, worker: number): void {
    for (const object of [...upstreams.values(), ...listeners.values()]) {
      const cells = this.#cells.get(object)
      if (cells === undefined) continue
      for (let first = 0; first < cells.length; first += SharedCount.size(this.#workers)) SharedCount.giveBack(cells, first, worker)
    }
  }

  /** The app behind an inbound listener is the same upstream for as long as its address stays. */
  #ofSameApp({ inbound }: ListenerConfig, before: ListenerConfig | undefined): Cells | undefined {
    return before !== undefined && before.inbound?.app === inbound?.app ? this.#cells.get(before) : undefined
  }

  #size(kind: Kind, object: object): number {
    if (kind === 'routes') return routeCells(object as RouteConfig)
    if (kind === 'upstreams') return upstreamPlaces.length * compartmentCells(this.#workers)
    return (object as ListenerConfig).inbound === undefined ? 0 : listenerPlaces.length * compartmentCells(this.#workers)
  }
}

/** One for the split, one for each mirror. */
function routeCells({ split, mirror }: RouteConfig): number {
  return split === undefined && mirror === undefined ? 0 : 1 + (mirror?.length ?? 0)
}

function newCells(count: number): Cells | null {
  return count === 0 ? null : new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT))
}
