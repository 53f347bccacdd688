/**
 * The routing that was pushed and is in force, and how the next one takes its place.
 *
 * Invariants: one is applied at a time, and of those that wait the newest; what is applied has the version that was announced;
 * one that is refused leaves the last good one in force.
 */
import type { FromControlPlane } from '../config/push/messages.ts'
import { changesTo, nothingPushed, type PushedObjects } from '../config/push/changes.ts'
import type { Routing, RoutingChange } from '../config/push/routing.ts'
import { editedKinds } from '../config/push/routing-objects.ts'
import { type DigestedObjects, RoutingDigest } from '../config/push/routing-version.ts'
import type { Clock } from '../runtime/clock.ts'
import { inSlices, type Steps } from '../runtime/steps.ts'
import type { Versioned } from './last-good.ts'

export type Push = Extract<FromControlPlane, { type: 'snapshot' | 'delta' }>

export type ApplyOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/**
 * Puts routing in force as a whole or not at all.
 * @param content all of it, or what is different from what was put in force last. @param version of what is in force then.
 */
export type ApplyRouting = (content: Routing | RoutingChange, version: string) => Promise<ApplyOutcome>

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
  readonly #clock: Clock
  #inForce: DigestedObjects | null = null
  #next: Waiting | null = null
  #busy = false

  constructor(apply: ApplyRouting, clock: Clock) {
    this.#apply = apply
    this.#clock = clock
  }

  /** null before the first. */
  get inForce(): DigestedObjects | null {
    return this.#inForce
  }

  /** @param done not called when something newer came before its turn. */
  receive(push: Push, done: (outcome: PushOutcome) => void): void {
    this.#next = { push, done }
    if (!this.#busy) void this.#takeAll()
  }

  /** Puts in force what was kept on disk. */
  async restore({ routing }: Versioned): Promise<PushOutcome> {
    return this.#put(routing, await this.#inSlices(after(null, routing)))
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
    const base = this.#inForce
    if (push.type === 'delta' && push.base !== base?.digest.version) {
      return { kind: 'out of step', reason: `a change to ${push.base} came, but ${base?.digest.version ?? 'nothing'} is in force` }
    }
    const content = push.type === 'delta' ? push : push.routing
    const next = await this.#inSlices(after(base, content))
    if (next.digest.version !== version)
      return { kind: 'out of step', reason: `${version} was announced, but what came is ${next.digest.version}` }
    if (version === base?.digest.version) return { kind: 'applied' }
    return this.#put(content, next)
  }

  async #put(content: Routing | RoutingChange, next: DigestedObjects): Promise<PushOutcome> {
    const outcome = await this.#applied(content, next.digest.version)
    if (!outcome.ok) return { kind: 'refused', reason: outcome.reason }
    this.#inForce = next
    return { kind: 'applied' }
  }

  async #applied(content: Routing | RoutingChange, version: string): Promise<ApplyOutcome> {
    try {
      return await this.#apply(content, version)
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Calls go on in between. */
  #inSlices<T>(steps: Steps<T>): Promise<T> {
    return inSlices(steps, this.#clock)
  }
}

function* after(base: DigestedObjects | null, content: Routing | RoutingChange): Steps<DigestedObjects> {
  const objects: PushedObjects = base?.objects ?? nothingPushed
  const changes = yield* changesTo(objects, content)
  const digest =
    'set' in content
      ? yield* (base?.digest ?? RoutingDigest.empty).after((kind, name) => objects[kind].get(name), content)
      : yield* RoutingDigest.of(content)
  return { objects: yield* editedKinds(objects, changes.set, changes.remove), digest }
}
