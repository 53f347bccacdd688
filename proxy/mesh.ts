/**
 * What ties a sidecar to its control plane: its identity, and the stream that its routing comes by.
 * Nothing here is waited for by a call; a sidecar without a control plane has none of it.
 */
import { hostname } from 'node:os'
import type { LoadedConfig } from './config/load.ts'
import type { Config } from './config/schema/config.ts'
import type { NodeFacts, SidecarStatus } from './config/push/messages.ts'
import { ConfigStream } from './discovery/config-stream.ts'
import { LastGood } from './discovery/last-good.ts'
import type { ApplyRouting } from './discovery/pushed-routing.ts'
import { type ControlPlaneAccess, createIdentity } from './identity/create-identity.ts'
import type { IdentityClient } from './identity/identity.ts'
import type { Clock } from './runtime/clock.ts'
import type { Logger } from './runtime/logger.ts'
import type { Random } from './runtime/random.ts'
import type { AppliedPush, MeshView, RoutingTarget } from './sidecar.ts'

type ControlPlane = ControlPlaneAccess & { readonly lastGood: string }

export interface MeshDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export class Mesh implements MeshView {
  readonly identity: IdentityClient
  readonly #stream: ConfigStream
  #target: RoutingTarget | null = null

  /** @returns undefined where the configuration names no control plane. */
  static of({ config: { controlPlane, node }, token }: LoadedConfig, deps: MeshDeps): Mesh | undefined {
    if (controlPlane === undefined || token === undefined) return undefined
    return new Mesh({ ...controlPlane, token }, nodeFacts(node), deps)
  }

  private constructor(controlPlane: ControlPlane, node: NodeFacts, deps: MeshDeps) {
    this.identity = createIdentity({ controlPlane, ...deps })
    const apply: ApplyRouting = (content, version) => this.#apply(content, version)
    const lastGood = new LastGood(controlPlane.lastGood, node)
    this.#stream = new ConfigStream(node, {
      url: controlPlane.url,
      identity: this.identity,
      apply,
      lastGood,
      status: () => this.#status(),
      ...deps,
    })
  }

  /** Resolves when the last good routing is in force, where there is one. Certificate and stream follow by themselves. */
  async start(target: RoutingTarget): Promise<void> {
    this.#target = target
    this.identity.onChange(() => this.#stream.statusChanged())
    this.identity.onTrouble(() => this.#stream.statusChanged())
    void this.identity.start()
    await this.#stream.start()
  }

  async close(): Promise<void> {
    await this.#stream.close()
    await this.identity.close()
  }

  /** Why the sidecar cannot serve yet; undefined when it can. */
  notReady(): string | undefined {
    return this.#stream.notReady() ?? (this.identity.notAfter === null ? this.identity.problem() : undefined)
  }

  /** What people should know though calls are served; undefined when all is well. */
  problem(): string | undefined {
    return this.identity.problem() ?? this.#stream.problem()
  }

  #apply(...pushed: Parameters<ApplyRouting>): Promise<AppliedPush> {
    if (this.#target === null) return Promise.resolve({ ok: false, reason: 'the sidecar is not up yet' })
    return this.#target.applyPushed(...pushed)
  }

  #status(): SidecarStatus {
    const { notAfter } = this.identity
    const problem = this.problem()
    return {
      ...(notAfter === null ? {} : { certificateNotAfter: new Date(notAfter).toISOString() }),
      ...(problem === undefined ? {} : { problem }),
    }
  }
}

function nodeFacts({ id, workload, namespace, labels }: Config['node']): NodeFacts {
  return { id: id ?? hostname(), workload: workload ?? '', namespace: namespace ?? '', labels: labels ?? {} }
}
