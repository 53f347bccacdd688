/**
 * Chooses the endpoint of each call and hands it to the pool.
 *
 * Calls that come before the first resolution of a name has ended wait here for it; without any endpoint they fail
 * as `no_healthy_endpoint` (503, flag UH).
 */
import { ProxyError } from '../error/proxy-error.ts'
import type { Dispatch } from '../http/dispatch.ts'
import type { Balancer } from './balancer/balancer.ts'
import type { Endpoints } from './endpoint/endpoints.ts'
import { LinkedQueue } from './linked-queue.ts'
import { PooledCall, type Placement, type WaitingRoom } from './pool/pooled-call.ts'
import type { Pool } from './pool/pool.ts'

export class EndpointChoice implements Placement, WaitingRoom {
  readonly #upstream: string
  readonly #endpoints: Endpoints
  readonly #balancer: Balancer
  readonly #pool: Pool
  readonly #early = new LinkedQueue<PooledCall>()

  constructor(upstream: string, endpoints: Endpoints, balancer: Balancer, pool: Pool) {
    this.#upstream = upstream
    this.#endpoints = endpoints
    this.#balancer = balancer
    this.#pool = pool
  }

  readonly dispatch: Dispatch = (call, handler) => new PooledCall(call, handler, this).begin()

  place(call: PooledCall): void {
    const { current, settled } = this.#endpoints
    if (current.length > 0) {
      const endpoint = this.#balancer.pick(current, call.call)
      call.choose(endpoint)
      this.#pool.take(endpoint, call)
    } else if (settled) {
      call.fail(new ProxyError('no_healthy_endpoint', { upstream: this.#upstream, detail: this.#endpoints.absence }))
    } else {
      call.room = this
      this.#early.push(call)
    }
  }

  leave(call: PooledCall): void {
    call.room = null
    this.#early.remove(call)
  }

  /** The first resolution has ended, or has taken too long. */
  settled(): void {
    for (let call = this.#early.shift(); call !== null; call = this.#early.shift()) {
      call.room = null
      this.place(call)
    }
  }
}
