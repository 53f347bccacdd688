/**
 * A sidecar of which only the ties to the control plane are there: its identity and its config stream are the real ones, with their
 * certificate, their checks, their digest and their backoff. What it is told it takes note of, and puts nothing in force.
 */
import type { Socket } from 'node:net'
import type { Routing, RoutingChange } from '../../proxy/config/push/routing.ts'
import { ConfigStream } from '../../proxy/discovery/config-stream.ts'
import type { LastGoodStore } from '../../proxy/discovery/last-good.ts'
import { createIdentity } from '../../proxy/identity/create-identity.ts'
import type { IdentityClient } from '../../proxy/identity/identity.ts'
import { systemClock } from '../../proxy/runtime/clock.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import { systemRandom } from '../../proxy/runtime/random.ts'
import { markedRoute } from './routing-folder.ts'
import type { SimulatedNode } from './simulator-messages.ts'

export interface Access {
  readonly url: string
  readonly trustBundle: string
}

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

const noStatus = () => ({})

/** Thousands of sidecars share a disk in no fleet. */
const nowhere: LastGoodStore = {
  path: '',
  load: () => Promise.resolve({ kind: 'none' }),
  save: () => Promise.resolve(),
  settled: () => Promise.resolve(),
  problem: () => undefined,
}

export class SimulatedSidecar {
  /** The edit that is in force; -1 before the first routing. */
  edit = -1
  readonly #identity: IdentityClient
  readonly #stream: ConfigStream
  readonly #onApplied: (isFirst: boolean) => void
  #socket: Socket | null = null

  /** @param onApplied called after each routing that it took; the first one is said to be so. */
  constructor({ id, workload, token }: SimulatedNode, { url, trustBundle }: Access, onApplied: (isFirst: boolean) => void) {
    this.#onApplied = onApplied
    const deps = { clock: systemClock, random: systemRandom, logger: silent }
    this.#identity = createIdentity({ controlPlane: { url, token: () => token, trustBundle }, ...deps })
    const node = { id, workload, namespace: 'bench', labels: {} }
    this.#stream = new ConfigStream(node, {
      url,
      identity: this.#observed(),
      apply: (content) => this.#apply(content),
      lastGood: nowhere,
      status: noStatus,
      ...deps,
    })
  }

  /** Keeps itself connected from then on. */
  async start(): Promise<void> {
    await this.#identity.start()
    await this.#stream.start()
  }

  /** Cuts the connection, as a network does. It comes back by itself. */
  drop(): void {
    this.#socket?.destroy()
  }

  #observed() {
    const identity = this.#identity
    return {
      useBundle: (pem: string) => identity.useBundle(pem),
      tryNow: () => identity.tryNow(),
      certificateRefused: () => identity.certificateRefused(),
      connectControlPlane: async (signal?: AbortSignal) => {
        const link = await identity.connectControlPlane(signal)
        this.#socket = link.socket
        return link
      },
    }
  }

  #apply(content: Routing | RoutingChange): Promise<{ readonly ok: true }> {
    const { routes } = 'set' in content ? content.set : content
    const marked = routes[markedRoute]?.['respond'] as { readonly body: string } | undefined
    const isFirst = this.edit === -1
    if (marked !== undefined) this.edit = Number(marked.body)
    this.#onApplied(isFirst)
    return Promise.resolve({ ok: true })
  }
}
