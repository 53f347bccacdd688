/**
 * The composition root: builds every room from one configuration, serves, takes a new configuration in one step, drains, closes.
 *
 * Invariant: a new configuration is in force as a whole or not at all; until it is, the old one serves.
 */
import { createExpressions, type Expressions } from './action/expression/expressions.ts'
import { type AdminView, adminEndpoints, healthEndpoints } from './admin/endpoints.ts'
import { type JsonServer, openJsonServer } from './http/json-server.ts'
import type { LoadedConfig } from './config/load.ts'
import { ConfiguredRouting } from './config/push/configured-routing.ts'
import type { Routing, RoutingChange } from './config/push/routing.ts'
import { Drain } from './drain.ts'
import { defaultServerLimits } from './http/server-connection.ts'
import type { WorkloadIdentity } from './identity/identity.ts'
import { ListenerSet } from './listener/listener-set.ts'
import { routesView } from './routes-view.ts'
import type { Clock } from './runtime/clock.ts'
import type { Logger } from './runtime/logger.ts'
import type { Random } from './runtime/random.ts'
import { RoutingInForce, type RoutingInForceDeps } from './routing-in-force.ts'
import { serve } from './serve.ts'
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
  /** Undefined without a control plane. */
  readonly mesh?: MeshView | undefined
  /** Reads the configuration again and applies it. @returns why it was refused. */
  reload(): Promise<string | undefined>
}

/** Where pushed routing goes. */
export interface RoutingTarget {
  applyPushed(content: Routing | RoutingChange, version: string): Promise<AppliedPush>
}

/** What the sidecar sees of its ties to a control plane. */
export interface MeshView {
  /** Who this workload is, for inbound listeners and `tls: mesh`. */
  readonly identity: WorkloadIdentity
  /** Before a port is opened for calls: routing that was kept is put in force then, so that no call meets a sidecar without it. */
  start(sidecar: RoutingTarget): Promise<void>
  /** Why it cannot serve yet; undefined when it can. */
  notReady(): string | undefined
  /** What people should know though calls are served; undefined when all is well. */
  problem(): string | undefined
}

/** `reason` names each object by its path; nothing has changed then. */
export type AppliedPush = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export class Sidecar {
  readonly #deps: SidecarDeps
  readonly #telemetry: SidecarTelemetry
  readonly #expressions: Expressions
  readonly #listeners: ListenerSet
  readonly #drain: Drain
  readonly #routing: RoutingInForce
  readonly #servers: JsonServer[] = []
  #inProgress = 0
  #ready = false

  /** @throws an Error that says what to do when a port cannot be had or a file of the configuration cannot be read. */
  static async start(loaded: LoadedConfig, deps: SidecarDeps): Promise<Sidecar> {
    const configured = ConfiguredRouting.of(loaded)
    const { clock, random, logger, version } = deps
    const { node, tracing, accessLog } = configured.own.config
    const telemetry = await createTelemetry({ node, tracing, accessLog, clock, random, logger, version })
    const sidecar = new Sidecar(configured, telemetry, deps)
    try {
      await sidecar.#open()
    } catch (error) {
      await sidecar.close()
      throw error
    }
    return sidecar
  }

  private constructor(configured: ConfiguredRouting, telemetry: SidecarTelemetry, deps: SidecarDeps) {
    this.#deps = deps
    this.#telemetry = telemetry
    this.#expressions = createExpressions({ clock: deps.clock })
    this.#routing = new RoutingInForce(configured, this.#prepareRouting())
    this.#drain = new Drain(configured.own.config.drain, deps.clock, {
      inProgress: () => this.#inProgress,
      stopAccepting: () => this.#listeners.drain(),
    })
    this.#listeners = this.#prepareListeners()
    telemetry.watchUpstreams(() => this.#figures())
    telemetry.watchCertificate(() => this.#certificateLeftSeconds())
  }

  /** Addresses as bound, for whoever asked for port 0. */
  get addresses(): { readonly admin: string; readonly health: string; readonly listeners: Readonly<Record<string, string>> } {
    const [admin, health] = this.#servers
    return { admin: admin?.address ?? '', health: health?.address ?? '', listeners: this.#listeners.addresses }
  }

  get version(): string {
    return this.#routing.snapshot.version
  }

  /** Of the routing that was pushed; null before there was any. */
  get pushedVersion(): string | null {
    return this.#routing.configured.pushedVersion
  }

  /** Puts a new configuration of its own in force; what was pushed stays. @throws an Error with the reason, and changes nothing then. */
  apply(loaded: LoadedConfig): Promise<void> {
    return this.#routing.change((configured) => configured.withOwn(loaded))
  }

  /**
   * Puts pushed routing in force beside its own, after what it was given before.
   * @param content all that is pushed now (objects that are the same as before cost nothing), or what is different from what is in force.
   * @param version of what is in force then.
   */
  async applyPushed(content: Routing | RoutingChange, version: string): Promise<AppliedPush> {
    try {
      await this.#routing.change((configured) => configured.withPushed(version, content))
      return { ok: true }
    } catch (error) {
      return { ok: false, reason: messageOf(error) }
    }
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
    this.#routing.close()
    await this.#expressions.close()
    await this.#telemetry.close(flushTimeoutMs)
    await Promise.all(this.#servers.map((server) => server.close()))
  }

  async #open(): Promise<void> {
    const { config } = this.#routing.configured.own
    const view = this.#adminView()
    this.#servers.push(await openJsonServer('admin.address', config.admin.address, adminEndpoints(view)))
    this.#servers.push(await openJsonServer('health.address', config.health.address, healthEndpoints(view)))
    await this.#deps.mesh?.start(this)
    await this.#routing.open()
    this.#ready = true
  }

  #prepareRouting(): RoutingInForceDeps {
    const { clock, random, logger } = this.#deps
    const identity = this.#deps.mesh?.identity
    const connect = createConnect(clock)
    const background = { begin: () => void this.#inProgress++, end: () => this.#ended() }
    return {
      clock,
      random,
      logger,
      background,
      createUpstream: (name, config, role) => createUpstream(name, config, { clock, random, logger, connect, identity, role }),
      expression: (text) => this.#expressions.compile(text),
      listeners: () => this.#listeners,
      onApplied: (version) => this.#telemetry.configApplied(version),
    }
  }

  #prepareListeners(): ListenerSet {
    const { clock, logger, mesh } = this.#deps
    const serving = { clock, telemetry: this.#telemetry, onFinished: () => this.#ended() }
    const handler = {
      onExchange: (exchange: Parameters<typeof serve>[0]) => {
        this.#inProgress++
        serve(exchange, this.#routing.snapshot, serving)
      },
      onMalformed: this.#telemetry.malformed,
    }
    return new ListenerSet(handler, { clock, logger, limits: defaultServerLimits, identity: mesh?.identity })
  }

  #ended(): void {
    this.#inProgress--
    this.#drain.progressed()
  }

  #figures() {
    return [...this.#routing.snapshot.upstreams.values()].map((upstream) => upstream.figures())
  }

  #adminView(): AdminView {
    return {
      notReady: () => this.#notReady(),
      problem: () => this.#deps.mesh?.problem(),
      metrics: () => this.#telemetry.metricsText(),
      config: () => ({ version: this.version, config: this.#routing.configured.shown() }),
      upstreams: () => this.#figures(),
      routes: () => routesView(this.#routing.snapshot),
      stats: () => this.#telemetry.stats(),
      drain: () => this.#drain.begin(),
      reload: () => this.#deps.reload(),
    }
  }

  /** null without a certificate. */
  #certificateLeftSeconds(): number | null {
    const notAfter = this.#deps.mesh?.identity.notAfter ?? null
    return notAfter === null ? null : (notAfter - this.#deps.clock.wall()) / 1_000
  }

  #notReady(): string | undefined {
    if (this.#drain.state !== 'serving') return 'draining'
    if (!this.#ready) return 'starting'
    return this.#deps.mesh?.notReady()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
