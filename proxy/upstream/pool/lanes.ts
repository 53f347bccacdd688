/**
 * The lanes of a pool, one for each endpoint that was ever chosen, and the questions that concern all of them.
 */
import type { ConnectOptions } from '../../transport/connection.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { Lane } from './lane.ts'
import { PendingTally } from './pending-tally.ts'
import type { PooledConnection } from './pooled-connection.ts'
import type { SharedCount } from '../shared-count.ts'

export class Lanes {
  readonly #connectOptions: (endpoint: Endpoint) => ConnectOptions
  readonly #lanes = new Map<Endpoint, Lane>()
  /** Calls that wait and that no opening connection is expected to take. */
  readonly tally: PendingTally

  /** @param pending counts for all threads that share the limit. */
  constructor(connectOptions: (endpoint: Endpoint) => ConnectOptions, pending: SharedCount | null) {
    this.#connectOptions = connectOptions
    this.tally = new PendingTally(pending)
  }

  of(endpoint: Endpoint): Lane {
    const known = this.#lanes.get(endpoint)
    if (known !== undefined) return known
    const lane = new Lane(endpoint, this.#connectOptions(endpoint), this.tally)
    this.#lanes.set(endpoint, lane)
    return lane
  }

  connectionsTo(endpoint: Endpoint): number {
    return this.#lanes.get(endpoint)?.connections ?? 0
  }

  /** The lane whose oldest call came first, among those with pending calls; there must be one. */
  longestWaiting(): Lane {
    let longest: Lane | null = null
    for (const lane of this.#lanes.values()) {
      if (lane.uncovered > 0 && (longest === null || lane.oldestTicket < longest.oldestTicket)) longest = lane
    }
    return longest as Lane
  }

  /** The connection that has been idle for longest; null where none is. */
  longestIdle(): PooledConnection | null {
    let longest: PooledConnection | null = null
    for (const { available } of this.#lanes.values()) {
      for (const connection of available) {
        if (connection.idle && (longest === null || connection.idleSince < longest.idleSince)) longest = connection
      }
    }
    return longest
  }

  /** Endpoints that have left the upstream and still have connections or waiting calls; the others are forgotten. */
  retired(): Endpoint[] {
    const retired: Endpoint[] = []
    for (const [endpoint, lane] of this.#lanes) {
      if (!endpoint.retired) continue
      if (lane.connections === 0 && lane.waiting === 0) this.#lanes.delete(endpoint)
      else retired.push(endpoint)
    }
    return retired
  }
}
