/**
 * How the compartments of an upstream lie in its cells, and what a worker may use of them.
 *
 * Calls in progress and calls that wait are counted over all workers. Connections are each worker's own: every worker has its share of them.
 */
import { SharedCount, type SharedCompartment } from '../upstream/shared-count.ts'
import type { UpstreamRole } from '../upstream/upstream.ts'

/** A configured upstream has a compartment for each of its roles. */
export const upstreamPlaces: readonly UpstreamRole[] = ['primary', 'mirror', 'tunnel']

/** An inbound listener has two upstreams, both in the role `inbound`: its app as it speaks HTTP/1.1 and HTTP/2. */
export const listenerPlaces = ['http1', 'http2'] as const

/** One worker among all. */
export interface Membership {
  /** From 0. */
  readonly index: number
  readonly workers: number
}

/** Requests and pending. */
export function compartmentCells(workers: number): number {
  return 2 * SharedCount.size(workers)
}

/** @param place index in `upstreamPlaces` or `listenerPlaces`. */
export function compartmentIn(cells: Int32Array, place: number, { index, workers }: Membership): SharedCompartment {
  const first = place * compartmentCells(workers)
  return {
    requests: new SharedCount(cells, first, index),
    pending: new SharedCount(cells, first + SharedCount.size(workers), index),
    connections: (limit) => shareOf(limit, { index, workers }),
  }
}

/** As even as can be, the first ones get what is left over. A worker without any connection could not serve, so each has one at least. */
export function shareOf(limit: number, { index, workers }: Membership): number {
  return Math.max(1, Math.floor(limit / workers) + (index < limit % workers ? 1 : 0))
}
