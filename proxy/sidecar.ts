/**
 * The composition root and the one face of a sidecar: starts what serves calls, takes a new configuration in one step, drains, closes.
 *
 * Invariant: a new configuration is in force as a whole or not at all; until it is, the old one serves.
 */
import { type AdminView, adminEndpoints, healthEndpoints } from './admin/endpoints.ts'
import { type JsonServer, openJsonServer } from './http/json-server.ts'
import type { LoadedConfig } from './config/load.ts'
import { ConfiguredRouting } from './config/push/configured-routing.ts'
import type { Routing, RoutingChange } from './config/push/routing.ts'
import { Drain } from './drain.ts'
import type { SharedIdentity } from './identity/identity.ts'
import { serveOnOneThread } from './one-thread.ts'
import { routesView } from './routes-view.ts'
import type { Clock } from './runtime/clock.ts'
import type { Logger } from './runtime/logger.ts'
import type { Random } from './runtime/random.ts'
import { RoutingInForce } from './routing-in-force.ts'
import type { TelemetryFace } from './telemetry/create-telemetry.ts'
import type { CallServing } from './worker/call-serving.ts'

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
  readonly identity: SharedIdentity
  /** Before a port is opened for calls: routing that was kept is put in force then, so that no call meets a sidecar without it. */
  start(sidecar: RoutingTarget): Promise<void>
  /** Why it cannot serve yet; undefined when it can. */
  notReady(): string | undefined
  /** What people should know though calls are served; undefined when all is well. */
  problem(): string | undefined
}

/** `reason` names each object by its path; nothing has changed then. */
export type AppliedPush = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Who serves the calls, and what is told of them. */
export interface ServingParts {
  readonly serving: CallServing
  readonly telemetry: TelemetryFace
}

export class Sidecar {
  readonly #deps: SidecarDeps
  readonly #telemetry: TelemetryFace
  readonly #serving: CallServing
  readonly #drain: Drain
  readonly #routing: RoutingInForce
  readonly #servers: JsonServer[] = []
  #ready = false

  /** @throws an Error that says what to do when a port cannot be had or a file of the configuration cannot be read. */
  static async start(loaded: LoadedConfig, deps: SidecarDeps): Promise<Sidecar> {
    const configured = ConfiguredRouting.of(loaded)
    const { config } = configured.own
    const parts = config.concurrency === 1 ? await serveOnOneThread(config, deps) : await byWorkers(config, deps)
    const sidecar = new Sidecar(configured, parts, deps)
    try {
      await sidecar.#open()
    } catch (error) {
      await sidecar.close()
      throw error
    }
    return sidecar
  }

  private constructor(configured: ConfiguredRouting, { serving, telemetry }: ServingParts, deps: SidecarDeps) {
    this.#deps = deps
    this.#telemetry = telemetry
    this.#serving = serving
    this.#routing = new RoutingInForce(configured, {
      clock: deps.clock,
      put: (routing) => serving.put(routing),
      onApplied: (version) => telemetry.configApplied(version),
    })
    this.#drain = new Drain(configured.own.config.drain, deps.clock, serving)
    telemetry.watchCertificate(() => this.#certificateLeftSeconds())
  }

  /** Addresses as bound, for whoever asked for port 0. */
  get addresses(): { readonly admin: string; readonly health: string; readonly listeners: Readonly<Record<string, string>> } {
    const [admin, health] = this.#servers
    return { admin: admin?.address ?? '', health: health?.address ?? '', listeners: this.#serving.addresses }
  }

  get version(): string {
    return this.#routing.configured.version
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
    await this.#serving.close()
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

  #adminView(): AdminView {
    return {
      notReady: () => this.#notReady(),
      problem: () => this.#deps.mesh?.problem() ?? this.#serving.problem(),
      metrics: () => this.#telemetry.metricsText(),
      config: () => ({ version: this.version, config: this.#routing.configured.shown() }),
      upstreams: () => this.#serving.figures(),
      routes: () => routesView(this.#routing.configured.objects.routes),
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
    return this.#serving.notReady() ?? this.#deps.mesh?.notReady()
  }
}

/** Loaded only where calls are served by several threads. */
async function byWorkers(config: LoadedConfig['config'], deps: SidecarDeps): Promise<ServingParts> {
  const { serveByWorkers } = await import('./by-workers.ts')
  return serveByWorkers(config, deps)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
