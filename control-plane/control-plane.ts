/**
 * The composition root: builds every room from one configuration, serves, and ends.
 *
 * Source -> snapshots -> push -> sidecars is the way of a change; the authority stands beside it, and the console looks at all of them.
 */
import type { JsonServer } from '../proxy/http/json-server.ts'
import type { Clock } from '../proxy/runtime/clock.ts'
import type { Logger } from '../proxy/runtime/logger.ts'
import { type OpenAuthority, openAuthority } from './authority/open-authority.ts'
import type { ControlPlaneConfig } from './config/schema.ts'
import { ConnectedNodes } from './console/connected-nodes.ts'
import { openConsole } from './console/console-server.ts'
import { consoleEndpoints } from './console/endpoints.ts'
import { GivenFiles } from './console/given-files.ts'
import { liveView, sourceErrors } from './console/live-view.ts'
import { FleetRegistry } from './fleet/registry.ts'
import { countingEndpoint, type IssueCounts } from './metrics/issue-counts.ts'
import { openHealthPort } from './metrics/health-port.ts'
import { createMetrics } from './metrics/metrics.ts'
import { type ConfigPort, openConfigPort } from './push/config-port.ts'
import { PushServer } from './push/push-server.ts'
import { SnapshotStore } from './snapshot/snapshot-store.ts'
import { createFolderSource } from './source/folder.ts'
import type { Publication, Source } from './source/source.ts'

export interface ControlPlaneDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** Of Tandem. */
  readonly version: string
}

export class ControlPlane {
  readonly #config: ControlPlaneConfig
  readonly #deps: ControlPlaneDeps
  readonly #authority: OpenAuthority
  readonly #source: Source
  readonly #store: SnapshotStore
  readonly #connected: ConnectedNodes
  readonly #files: GivenFiles
  readonly #fleet: FleetRegistry
  readonly #push: PushServer
  readonly #issued: IssueCounts = { issued: 0, refused: 0, failed: 0 }
  #publication: Publication = { resources: [], errors: [] }
  #notReady: string | undefined = 'starting'
  #metrics: JsonServer | null = null
  #port: ConfigPort | null = null
  #console: JsonServer | null = null

  /** @throws an Error that says what to do when a port cannot be had or the state cannot be used. */
  static async start(config: ControlPlaneConfig, deps: ControlPlaneDeps): Promise<ControlPlane> {
    const controlPlane = new ControlPlane(config, deps, await openAuthority(authorityOptions(config, deps)))
    try {
      await controlPlane.#open()
    } catch (error) {
      await controlPlane.close()
      throw error
    }
    return controlPlane
  }

  private constructor(config: ControlPlaneConfig, deps: ControlPlaneDeps, authority: OpenAuthority) {
    const { clock, logger } = deps
    this.#config = config
    this.#deps = deps
    this.#authority = authority
    this.#source = createFolderSource(config.source.folder, { clock, logger })
    this.#store = new SnapshotStore(logger)
    this.#connected = new ConnectedNodes(this.#store)
    this.#files = new GivenFiles({ connected: this.#connected, resources: () => this.#publication.resources, clock })
    this.#fleet = new FleetRegistry(clock)
    const { debounce, rollout } = config.push
    this.#push = new PushServer(
      { debounceMs: debounce, rollout },
      { store: this.#connected, fleet: this.#fleet, authority: authority.authority, clock, logger },
    )
    authority.tokens.onRevoked((id, reason) => this.#push.tokenRevoked(id, reason))
  }

  /** `host:port` as bound, for whoever asked for port 0. */
  get addresses(): { readonly config: string; readonly metrics: string; readonly console: string } {
    return { config: this.#port?.address ?? '', metrics: this.#metrics?.address ?? '', console: this.#console?.address ?? '' }
  }

  /** Reads the source anew, without waiting for word of a change. */
  readAgain(): void {
    this.#source.readAgain()
  }

  /** Sidecars are sent away in order, and go on with what they have. */
  async close(): Promise<void> {
    this.#notReady = 'stopping'
    await this.#source.close()
    this.#push.close()
    await Promise.all([this.#port?.close(), this.#files.close(), this.#console?.close()])
    this.#authority.close()
    await this.#metrics?.close()
  }

  /** The port for probes is there first, so that they are told that the rest is not; sidecars come when there is something to tell them. */
  async #open(): Promise<void> {
    const { listen } = this.#config
    this.#metrics = await openHealthPort(listen.metrics, { registry: this.#createMetrics(), notReady: () => this.#notReady })
    await this.#source.start((publication) => this.#publish(publication))
    this.#port = await this.#openConfigPort()
    this.#console = await this.#openConsole()
    this.#notReady = undefined
  }

  #publish(publication: Publication): void {
    this.#publication = publication
    if (this.#store.publish(publication).length > 0) this.#push.changed()
  }

  #openConfigPort(): Promise<ConfigPort> {
    const { authority, attest, certificateEndpoint } = this.#authority
    return openConfigPort({
      address: this.#config.listen.config,
      authority,
      attest,
      onStream: (stream, attested) => this.#push.accept(stream, attested),
      onCertificate: countingEndpoint(certificateEndpoint, this.#issued),
      ...this.#deps,
    })
  }

  #openConsole(): Promise<JsonServer> {
    const { listen, operatorToken } = this.#config
    const { clock, logger, version } = this.#deps
    const { authority, tokens } = this.#authority
    const view = liveView({
      authority,
      tokens,
      fleet: this.#fleet,
      store: this.#store,
      files: this.#files,
      publication: () => this.#publication,
      facts: { version, startedAt: new Date(clock.wall()).toISOString() },
    })
    return openConsole({ address: listen.console, operatorToken, endpoints: consoleEndpoints(view, logger), logger })
  }

  #createMetrics() {
    const { clock, version } = this.#deps
    return createMetrics(version, () => clock.wall(), {
      sidecars: () => this.#fleet.counts(),
      pushes: () => ({ ack: this.#push.figures.acks, nack: this.#push.figures.nacks }),
      sourceErrors: () => sourceErrors(this.#publication, this.#store).length,
      certificatesIssued: () => this.#issued,
      certificates: () => this.#authority.authority.certificates(),
    })
  }
}

function authorityOptions({ trustDomain, state, authority }: ControlPlaneConfig, { clock, logger }: ControlPlaneDeps) {
  const { ttl, overlap, hosts, cert, key, chain } = authority
  const files = cert === undefined || key === undefined ? null : { cert, key, chain }
  return { trustDomain, state, ttlMs: ttl, overlapMs: overlap, hosts, files, clock, logger }
}
