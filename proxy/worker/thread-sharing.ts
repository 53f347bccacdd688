/**
 * What a worker shares with the others, found by the objects of its routing.
 */
import { type MakeWheel, ownWheel, sharedWheel } from '../choice/wheel.ts'
import type { RouteConfig } from '../config/schema/route.ts'
import type { UpstreamConfig } from '../config/schema/upstream.ts'
import type { SharedCompartment } from '../upstream/shared-count.ts'
import type { UpstreamRole } from '../upstream/upstream.ts'
import { compartmentIn, listenerPlaces, type Membership, upstreamPlaces } from './compartments.ts'
import type { RoutingChange } from './routing-change.ts'

export class ThreadSharing {
  readonly #membership: Membership
  /** Of upstreams and routes. */
  readonly #cells = new WeakMap<object, Int32Array>()
  /** Of inbound listeners, by name: their upstreams are made from their name and the app's address. */
  readonly #inbound = new Map<string, Int32Array>()

  constructor(membership: Membership) {
    this.#membership = membership
  }

  /** Before anything is made from these objects. */
  learn({ set, cells }: RoutingChange): void {
    for (const kind of ['upstreams', 'routes'] as const) {
      for (const [name, shares] of cells[kind]) this.#cells.set(set[kind].get(name) as object, shares)
    }
    for (const [name, shares] of cells.listeners) this.#inbound.set(name, shares)
  }

  wheel(route: RouteConfig, share: 'split' | number): MakeWheel {
    const cells = this.#cells.get(route)
    return cells === undefined ? ownWheel : sharedWheel(cells, share === 'split' ? 0 : share + 1)
  }

  compartment(name: string, config: UpstreamConfig, role: UpstreamRole): SharedCompartment | undefined {
    if (role === 'inbound') return this.#ofApp(name, config)
    const cells = this.#cells.get(config)
    return cells === undefined ? undefined : compartmentIn(cells, upstreamPlaces.indexOf(role), this.#membership)
  }

  /** The second of its upstreams has the protocol in its name. */
  #ofApp(name: string, { protocol }: UpstreamConfig): SharedCompartment | undefined {
    const place = protocol === 'http2' ? 'http2' : 'http1'
    const listener = place === 'http2' ? name.slice(0, name.lastIndexOf('/')) : name
    const cells = this.#inbound.get(listener)
    return cells === undefined ? undefined : compartmentIn(cells, listenerPlaces.indexOf(place), this.#membership)
  }
}
