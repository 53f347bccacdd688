/**
 * The routing that was pushed and is in force, and how the next one takes its place.
 *
 * Invariants: one is applied at a time, and of those that wait the newest; what is applied has the version that was announced;
 * one that is refused leaves the last good one in force.
 */
import type { FromControlPlane } from '../config/push/messages.ts'
import { applyChange, type Routing, routingVersion } from '../config/push/routing.ts'
import type { Versioned } from './last-good.ts'

export type Push = Extract<FromControlPlane, { type: 'snapshot' | 'delta' }>

export type ApplyOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Puts a routing in force as a whole or not at all. Objects that did not change are the same objects as before. */
export type ApplyRouting = (routing: Routing) => Promise<ApplyOutcome>

export type PushOutcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** What came is not what was announced, or builds on something that is not here: only a whole snapshot helps. */
  | { readonly kind: 'out of step'; readonly reason: string }

interface Waiting {
  readonly push: Push
  readonly done: (outcome: PushOutcome) => void
}

export class PushedRouting {
  readonly #apply: ApplyRouting
  #inForce: Versioned | null = null
  #next: Waiting | null = null
  #busy = false

  constructor(apply: ApplyRouting) {
    this.#apply = apply
  }

  /** null before the first. */
  get inForce(): Versioned | null {
    return this.#inForce
  }

  /** @param done not called when something newer came before its turn. */
  receive(push: Push, done: (outcome: PushOutcome) => void): void {
    this.#next = { push, done }
    if (!this.#busy) void this.#takeAll()
  }

  /** Puts in force what was kept on disk. */
  restore(kept: Versioned): Promise<PushOutcome> {
    return this.#put(kept)
  }

  async #takeAll(): Promise<void> {
    this.#busy = true
    for (let next = this.#next; next !== null; next = this.#next) {
      this.#next = null
      next.done(await this.#take(next.push))
    }
    this.#busy = false
  }

  async #take(push: Push): Promise<PushOutcome> {
    const { version } = push
    if (push.type === 'delta' && push.base !== this.#inForce?.version) {
      return { kind: 'out of step', reason: `a change to ${push.base} came, but ${this.#inForce?.version ?? 'nothing'} is in force` }
    }
    const routing = push.type === 'delta' ? applyChange(this.#inForce?.routing as Routing, push) : push.routing
    const own = routingVersion(routing)
    if (own !== version) return { kind: 'out of step', reason: `${version} was announced, but what came is ${own}` }
    return version === this.#inForce?.version ? { kind: 'applied' } : this.#put({ version, routing })
  }

  async #put(next: Versioned): Promise<PushOutcome> {
    const outcome = await this.#applied(next.routing)
    if (!outcome.ok) return { kind: 'refused', reason: outcome.reason }
    this.#inForce = next
    return { kind: 'applied' }
  }

  async #applied(routing: Routing): Promise<ApplyOutcome> {
    try {
      return await this.#apply(routing)
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) }
    }
  }
}
