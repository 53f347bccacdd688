/**
 * What serves calls on one thread: its listeners, the snapshot in force, and what that is made of.
 *
 * Invariant: a routing is in force as a whole or not at all; until it is, the one before serves.
 */
import { createExpressions, type Expressions } from './action/expression/expressions.ts'
import type { ActionDeps } from './action/compile.ts'
import { ownWheel } from './choice/wheel.ts'
import type { VersionedRouting } from './config/push/routing-objects.ts'
import type { DrainConfig } from './config/schema/bootstrap.ts'
import type { ListenerConfig } from './config/schema/listener.ts'
import type { UpstreamConfig } from './config/schema/upstream.ts'
import { defaultServerLimits, type ExchangeHandler } from './http/server-connection.ts'
import type { WorkloadIdentity } from './identity/identity.ts'
import type { Listener, ListenerDeps } from './listener/listener.ts'
import { ListenerSet } from './listener/listener-set.ts'
import type { Clock } from './runtime/clock.ts'
import type { Logger } from './runtime/logger.ts'
import type { Random } from './runtime/random.ts'
import { inSlices } from './runtime/steps.ts'
import { serve } from './serve.ts'
import { buildSnapshot, type Snapshot, type SnapshotDeps } from './snapshot.ts'
import type { CallTelemetry } from './telemetry/call-telemetry.ts'
import { createConnect } from './transport/connect.ts'
import { retire } from './upstream-set.ts'
import type { SharedCompartment } from './upstream/shared-count.ts'
import { createUpstream, type UpstreamFigures, type UpstreamRole } from './upstream/upstream.ts'

/** What holds for all threads that serve together. */
export interface Sharing {
  readonly wheel: ActionDeps['wheel']
  compartment(name: string, config: UpstreamConfig, role: UpstreamRole): SharedCompartment | undefined
}

/** The one thread that serves has everything for itself. */
export const unshared: Sharing = { wheel: () => ownWheel, compartment: () => undefined }

export interface ServingDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly telemetry: Pick<CallTelemetry, 'begin' | 'malformed'>
  /** Of this workload; undefined without a control plane. */
  readonly identity: WorkloadIdentity | undefined
  readonly sharing: Sharing
  /** Callers of a port that goes have so long. */
  readonly drain: DrainConfig
  openListener(config: ListenerConfig, handler: ExchangeHandler, deps: ListenerDeps): Listener | Promise<Listener>
}

/** A routing made ready: one of the two is to be called, once. */
export interface PreparedRouting {
  /** Puts it in force. @throws the reason why a port cannot be had; nothing has changed then. */
  apply(): Promise<void>
  /** Closes what was made for it. */
  abandon(): void
}

export class Serving {
  readonly listeners: ListenerSet
  readonly #deps: ServingDeps
  readonly #expressions: Expressions
  readonly #snapshotDeps: SnapshotDeps
  #snapshot: Snapshot | null = null
  #inProgress = 0
  #idle: (() => void) | null = null

  constructor(deps: ServingDeps) {
    this.#deps = deps
    this.#expressions = createExpressions({ clock: deps.clock })
    this.#snapshotDeps = this.#makeSnapshotDeps()
    this.listeners = this.#makeListeners()
  }

  /** Calls go on in between. @throws an Error that says what cannot be built; nothing is left behind then. */
  async prepare(routing: VersionedRouting): Promise<PreparedRouting> {
    const previous = this.#snapshot
    const snapshot = await inSlices(buildSnapshot(routing, previous, this.#snapshotDeps), this.#deps.clock)
    const abandon = () => retire(snapshot.upstreams, previous?.upstreams ?? null)
    return { apply: () => this.#apply(snapshot, abandon), abandon }
  }

  figures(): UpstreamFigures[] {
    return Array.from(this.#snapshot?.upstreams.values() ?? [], (upstream) => upstream.figures())
  }

  /** Accepts no more. Resolves when no call, mirror or compensation is in progress any more. */
  async drain(): Promise<void> {
    this.listeners.drain()
    if (this.#inProgress > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    await this.listeners.close()
    if (this.#snapshot !== null) retire(this.#snapshot.upstreams, null)
    await this.#expressions.close()
  }

  async #apply(snapshot: Snapshot, abandon: () => void): Promise<void> {
    const previous = this.#snapshot
    try {
      await this.listeners.replace([...snapshot.routing.listeners.values()], () => void (this.#snapshot = snapshot))
    } catch (error) {
      abandon()
      throw error
    }
    if (previous !== null) retire(previous.upstreams, snapshot.upstreams)
  }

  #makeSnapshotDeps(): SnapshotDeps {
    const { clock, random, logger, identity, sharing } = this.#deps
    const connect = createConnect(clock)
    return {
      clock,
      random,
      logger,
      wheel: (route, share) => sharing.wheel(route, share),
      background: { begin: () => void this.#inProgress++, end: () => this.#ended() },
      createUpstream: (name, config, role) => {
        const compartment = sharing.compartment(name, config, role)
        return createUpstream(name, config, { clock, random, logger, connect, identity, role, compartment })
      },
      expression: (text) => this.#expressions.compile(text),
    }
  }

  #makeListeners(): ListenerSet {
    const { clock, logger, identity, telemetry, drain } = this.#deps
    const serving = { clock, telemetry, onFinished: () => this.#ended() }
    const handler: ExchangeHandler = {
      onExchange: (exchange) => {
        this.#inProgress++
        serve(exchange, this.#snapshot as Snapshot, serving)
      },
      onMalformed: telemetry.malformed,
    }
    const deps = { clock, logger, limits: defaultServerLimits, identity }
    return new ListenerSet({ clock, drain, openListener: (config) => this.#deps.openListener(config, handler, deps) })
  }

  #ended(): void {
    this.#inProgress--
    if (this.#inProgress === 0) this.#idle?.()
  }
}
