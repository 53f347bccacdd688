/**
 * The composition root: builds every room from one configuration, serves, takes a new configuration in one step, drains, closes.
 *
 * Invariant: a new configuration is in force as a whole or not at all; until it is, the old one serves.
 */
import { createExpressions, type Expressions } from './action/expression/expressions.ts'
import { type AdminView, adminEndpoints, healthEndpoints } from './admin/endpoints.ts'
import { type JsonServer, openJsonServer } from './admin/json-server.ts'
import type { LoadedConfig } from './config/load.ts'
import type { Config } from './config/schema/config.ts'
import { Drain } from './drain.ts'
import { defaultServerLimits } from './http/server-connection.ts'
import { ListenerSet } from './listener/listener-set.ts'
import { routesView } from './routes-view.ts'
import type { Clock } from './runtime/clock.ts'
import type { Logger } from './runtime/logger.ts'
import type { Random } from './runtime/random.ts'
import { serve } from './serve.ts'
import { buildSnapshot, retire, type Snapshot, type SnapshotDeps } from './snapshot.ts'
import { createTelemetry, type SidecarTelemetry } from './telemetry/create-telemetry.ts'
import { createConnect } from './transport/connect.ts'
import { createUpstream } from './upstream/upstream.ts'

/** What the telemetry may take to flush when everything else is closed. */
const flushTimeoutMs = 3_000

export interface SidecarDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Of Tandem, for `tandem_build_info`. */
  readonly version: string
  /** Reads the configuration again and applies it. @returns why it was refused. */
  reload(): Promise<string | undefined>
}

export class Sidecar {
  readonly #deps: SidecarDeps
  readonly #telemetry: SidecarTelemetry
  readonly #expressions: Expressions
  readonly #listeners: ListenerSet
  readonly #drain: Drain
  readonly #snapshotDeps: SnapshotDeps
  readonly #servers: JsonServer[] = []
  #snapshot: Snapshot
  #shown: unknown
  #inProgress = 0
  #ready = false
  #lastApplied: Promise<void> = Promise.resolve()

  /** @throws an Error that says what to do when a port cannot be had or a file of the configuration cannot be read. */
  static async start(loaded: LoadedConfig, deps: SidecarDeps): Promise<Sidecar> {
    const { clock, random, logger, version } = deps
    const { node, tracing, accessLog } = loaded.config
    const telemetry = await createTelemetry({ node, tracing, accessLog, clock, random, logger, version })
    const sidecar = new Sidecar(loaded, telemetry, deps)
    try {
      await sidecar.#open(loaded.config)
    } catch (error) {
      await sidecar.close()
      throw error
    }
    return sidecar
  }

  private constructor(loaded: LoadedConfig, telemetry: SidecarTelemetry, deps: SidecarDeps) {
    this.#deps = deps
    this.#telemetry = telemetry
    this.#expressions = createExpressions({ clock: deps.clock })
    this.#snapshotDeps = this.#prepareSnapshots()
    this.#snapshot = buildSnapshot(loaded.config, null, this.#snapshotDeps)
    this.#shown = loaded.shown
    this.#drain = new Drain(loaded.config.drain, deps.clock, {
      inProgress: () => this.#inProgress,
      stopAccepting: () => this.#listeners.drain(),
    })
    this.#listeners = this.#prepareListeners()
    telemetry.watchUpstreams(() => this.#figures())
    telemetry.configApplied(this.#snapshot.version)
  }

  /** Addresses as bound, for whoever asked for port 0. */
  get addresses(): { readonly admin: string; readonly health: string; readonly listeners: Readonly<Record<string, string>> } {
    const [admin, health] = this.#servers
    return { admin: admin?.address ?? '', health: health?.address ?? '', listeners: this.#listeners.addresses }
  }

  get version(): string {
    return this.#snapshot.version
  }

  /** Puts a new configuration in force, after those that it was given before. @throws an Error with the reason, and changes nothing then. */
  apply(loaded: LoadedConfig): Promise<void> {
    const applied = this.#lastApplied.then(() => this.#apply(loaded))
    this.#lastApplied = applied.catch(() => undefined)
    return applied
  }

  /** One at a time: two that took over from the same snapshot would each close what the other one keeps. */
  async #apply(loaded: LoadedConfig): Promise<void> {
    const previous = this.#snapshot
    const next = buildSnapshot(loaded.config, previous, this.#snapshotDeps)
    try {
      await this.#listeners.replace(loaded.config.listeners, () => {
        this.#snapshot = next
        this.#shown = loaded.shown
      })
    } catch (error) {
      retire(next, previous)
      throw error
    }
    retire(previous, next)
    this.#telemetry.configApplied(next.version)
  }

  /** Begins a drain, or joins the one under way. Resolves when nothing is in progress any more or the time is up. */
  drain(): Promise<void> {
    this.#drain.begin()
    return this.#drain.done
  }

  reopenLog(): void {
    this.#telemetry.reopenLog()
  }

  /** Ends everything at once; drain first to be polite. */
  async close(): Promise<void> {
    this.#ready = false
    await this.#listeners.close()
    retire(this.#snapshot, null)
    await this.#expressions.close()
    await this.#telemetry.close(flushTimeoutMs)
    await Promise.all(this.#servers.map((server) => server.close()))
  }

  async #open(config: Config): Promise<void> {
    const view = this.#adminView()
    this.#servers.push(await openJsonServer('admin.address', config.admin.address, adminEndpoints(view)))
    this.#servers.push(await openJsonServer('health.address', config.health.address, healthEndpoints(view)))
    await this.#listeners.replace(config.listeners, () => undefined)
    this.#ready = true
  }

  #prepareSnapshots(): SnapshotDeps {
    const { clock, random, logger } = this.#deps
    const connect = createConnect(clock)
    const background = { begin: () => void this.#inProgress++, end: () => this.#ended() }
    return {
      clock,
      random,
      logger,
      background,
      createUpstream: (name, config, role) => createUpstream(name, config, { clock, random, logger, connect, role }),
      expression: (text) => this.#expressions.compile(text),
    }
  }

  #prepareListeners(): ListenerSet {
    const { clock, logger } = this.#deps
    const serving = { clock, telemetry: this.#telemetry, onFinished: () => this.#ended() }
    const handler = {
      onExchange: (exchange: Parameters<typeof serve>[0]) => {
        this.#inProgress++
        serve(exchange, this.#snapshot, serving)
      },
      onMalformed: this.#telemetry.malformed,
    }
    return new ListenerSet(handler, { clock, logger, limits: defaultServerLimits })
  }

  #ended(): void {
    this.#inProgress--
    this.#drain.progressed()
  }

  #figures() {
    return [...this.#snapshot.upstreams.values()].map((upstream) => upstream.figures())
  }

  #adminView(): AdminView {
    return {
      notReady: () => this.#notReady(),
      metrics: () => this.#telemetry.metricsText(),
      config: () => ({ version: this.#snapshot.version, config: this.#shown }),
      upstreams: () => this.#figures(),
      routes: () => routesView(this.#snapshot),
      stats: () => this.#telemetry.stats(),
      drain: () => this.#drain.begin(),
      reload: () => this.#deps.reload(),
    }
  }

  #notReady(): string | undefined {
    if (this.#drain.state !== 'serving') return 'draining'
    return this.#ready ? undefined : 'starting'
  }
}
