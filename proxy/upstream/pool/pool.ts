/**
 * The connections of one upstream, over all its endpoints, and the calls that wait for one.
 *
 * Invariants: no more than `connections` exist at once, opening ones included, and no more than `pending` calls wait uncovered
 * (see lane.ts); one call more is refused at once. A connection that takes calls never stands beside a call that waits for its endpoint,
 * and an idle one never beside a call that waits for room. A call waits while there is room only for the pace (replacement-pace.ts).
 * Every call that is placed here is sent, ends, or leaves.
 * How long a call may wait is for deadline.ts to say, and which endpoint it goes to for the balancer.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Connect, Connection, ConnectOptions } from '../../transport/connection.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { SharedCount } from '../shared-count.ts'
import { IdleSweep } from './idle-sweep.ts'
import type { Lane } from './lane.ts'
import { Lanes } from './lanes.ts'
import type { PooledCall } from './pooled-call.ts'
import { type ConnectionEvents, PooledConnection } from './pooled-connection.ts'
import { ReplacementPace } from './replacement-pace.ts'

export interface PoolLimits {
  /** Envoy's `max_connections`; at least 1. */
  readonly connections: number
  /** Envoy's `max_pending_requests`; 0 lets no call wait. */
  readonly pending: number
  /** How long a kept-alive connection may be idle; 0 for ever. */
  readonly idleMs: number
  /** While the upstream leaves calls unanswered, one connection opens in this time. 0: at once, as many as there is room for. */
  readonly replaceEveryMs: number
}

export interface PoolDeps {
  readonly clock: Clock
  readonly connect: Connect
  readonly connectOptions: (endpoint: Endpoint) => ConnectOptions
  /** Counts the calls that wait for all threads that share `limits.pending`. */
  readonly pending?: SharedCount | undefined
}

export class Pool implements ConnectionEvents {
  /** Calls refused since the upstream was created. */
  rejected = 0
  readonly #limits: PoolLimits
  readonly #deps: PoolDeps
  /** Made once, as in bulkhead.ts. */
  readonly #overflow: ProxyError
  readonly #lanes: Lanes
  readonly #connections = new Set<PooledConnection>()
  readonly #idle: IdleSweep
  readonly #pace: ReplacementPace
  #tickets = 0
  #closed = false

  constructor(upstream: string, limits: PoolLimits, deps: PoolDeps) {
    this.#limits = limits
    this.#deps = deps
    this.#overflow = overflow(upstream, limits)
    this.#lanes = new Lanes(deps.connectOptions, deps.pending ?? null)
    this.#idle = new IdleSweep(deps.clock, limits.idleMs, this.#connections, (connection) => this.#discard(connection))
    this.#pace = new ReplacementPace(deps.clock, limits.replaceEveryMs, () => this.#fill())
  }

  /** Connections, opening ones included. */
  get used(): number {
    return this.#connections.size
  }

  /** Calls that wait and that no opening connection is expected to take. */
  get pending(): number {
    return this.#lanes.tally.pending
  }

  connectionsTo(endpoint: Endpoint): number {
    return this.#lanes.connectionsTo(endpoint)
  }

  /** Endpoints that have left the upstream and still have connections or calls. */
  retiredEndpoints(): Endpoint[] {
    return this.#lanes.retired()
  }

  /** Sends the call, lets it wait, or fails it. */
  take(endpoint: Endpoint, call: PooledCall): void {
    const lane = this.#lanes.of(endpoint)
    const connection = call.fresh && this.#makeRoom() ? null : lane.takeAvailable()
    if (connection === null) return this.#enqueue(lane, call)
    call.sendOn(connection)
    this.#keep(connection)
  }

  /** Keeps no idle connection to it any longer; what it has begun may end. */
  retire(endpoint: Endpoint): void {
    for (const connection of this.#connections) {
      if (connection.lane.endpoint === endpoint && connection.idle) this.#discard(connection)
    }
    this.#lanes.retired()
    this.#fill()
  }

  /** Keeps no idle connection any longer. */
  close(): void {
    this.#closed = true
    this.#idle.stop()
    for (const connection of this.#connections) {
      const unneeded = connection.connection === null ? connection.lane.waiting === 0 : connection.idle
      if (unneeded) this.#discard(connection)
    }
    this.#fill()
  }

  connectionAvailable(connection: PooledConnection): void {
    if (connection.takesCalls) this.#serve(connection)
  }

  connectionGone(connection: PooledConnection): void {
    if (connection.gone) return
    this.#remove(connection)
    this.#fill()
  }

  connectionAnswers(): void {
    this.#pace.answered()
  }

  connectionIsSilent(): void {
    this.#pace.unanswered()
  }

  #enqueue(lane: Lane, call: PooledCall): void {
    if (!lane.covers && this.#makeRoom()) this.#open(lane)
    if (lane.covers || this.#lanes.tally.take(this.#limits.pending)) lane.enter(call, this.#tickets++)
    else this.#refuse(call)
  }

  #refuse(call: PooledCall): void {
    this.rejected++
    call.fail(this.#overflow)
  }

  #open(lane: Lane): void {
    const opening = new PooledConnection(lane, this)
    this.#connections.add(opening)
    this.#pace.opened()
    lane.connections++
    lane.expect(opening.expected)
    opening.cancel = this.#deps.connect(
      lane.options,
      opening,
      (connection) => this.#opened(opening, connection),
      (error) => this.#failed(opening, error),
    )
  }

  #opened(opening: PooledConnection, connection: Connection): void {
    const { lane } = opening
    opening.connection = connection
    lane.learn(connection.free)
    lane.expect(-opening.expected)
    this.#serve(opening)
    this.#shed(lane)
  }

  /** The calls that waited for this connection fail with it; its place goes to those that still wait. */
  #failed(opening: PooledConnection, error: ProxyError): void {
    const { lane } = opening
    const lost: PooledCall[] = []
    for (let left = lane.lostWith(opening.expected); left > 0; left--) lost.push(lane.takeOldest() as PooledCall)
    this.#remove(opening)
    this.#fill()
    this.#shed(lane)
    for (const call of lost) call.fail(error)
  }

  /** Gives the connection to those that wait for it, and its place to those that have waited too long for another endpoint. */
  #serve(connection: PooledConnection): void {
    while (connection.takesCalls) {
      if (this.#owedElsewhere(connection)) {
        this.#discard(connection)
        break
      }
      const call = connection.lane.takeOldestFor(connection)
      if (call === null) break
      call.sendOn(connection)
    }
    this.#keep(connection)
    this.#fill()
  }

  /**
   * A lane that always has calls waiting would keep its connections for ever. So its turn ends when a call
   * of another lane has seen a whole queue and a whole pool of younger ones go before it.
   */
  #owedElsewhere(connection: PooledConnection): boolean {
    const { lane } = connection
    if (this.pending === lane.uncovered || connection.connection?.active !== 0) return false
    const patience = this.#limits.pending + this.#limits.connections
    return lane.oldestTicket - this.#lanes.longestWaiting().oldestTicket > patience
  }

  /** What becomes of a connection when nobody waits for it. */
  #keep(connection: PooledConnection): void {
    if (!connection.takesCalls) return
    if (connection.connection?.active !== 0) return connection.lane.list(connection)
    if (this.#closed || connection.lane.endpoint.retired) return this.#discard(connection)
    connection.lane.list(connection)
    this.#idle.watch(connection)
  }

  /** Opens connections for calls that wait, as long as there is room. */
  #fill(): void {
    while (this.pending > 0 && this.#makeRoom()) this.#open(this.#lanes.longestWaiting())
  }

  /** Connections turned out to take fewer calls than expected: the calls that came last are beyond the limit now. */
  #shed(lane: Lane): void {
    const excess: PooledCall[] = []
    while (this.#lanes.tally.exceeds(this.#limits.pending) && lane.uncovered > 0) excess.push(lane.takeNewest() as PooledCall)
    for (const call of excess) this.#refuse(call)
  }

  /** @returns whether one more connection may be opened now; an idle one makes room for it. */
  #makeRoom(): boolean {
    if (!this.#pace.allows()) return false
    if (this.#connections.size < this.#limits.connections) return true
    const idle = this.#lanes.longestIdle()
    if (idle === null) return false
    this.#discard(idle)
    return true
  }

  /** Frees its place at once, and closes it. */
  #discard(connection: PooledConnection): void {
    this.#remove(connection)
    if (connection.connection === null) connection.cancel?.()
    else connection.connection.close()
  }

  #remove(connection: PooledConnection): void {
    const { lane } = connection
    connection.gone = true
    this.#connections.delete(connection)
    lane.unlist(connection)
    lane.connections--
    if (connection.connection === null) lane.expect(-connection.expected)
  }
}

function overflow(upstream: string, limits: PoolLimits): ProxyError {
  const key = `upstreams.${upstream}.bulkhead`
  const paced = limits.replaceEveryMs === 0 ? '' : ` or, unanswered, replaced one in ${limits.replaceEveryMs} ms`
  return ProxyError.lasting('overflow', {
    upstream,
    retryAfterSeconds: 1,
    detail:
      `upstream ${upstream} has no connection to spare: all ${limits.connections} are in use${paced} (${key}.connections), ` +
      `and no more than ${limits.pending} calls may wait for one (${key}.pending)`,
  })
}
