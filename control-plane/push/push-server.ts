/**
 * The control plane's end of all config streams: who is connected, and who is sent what when the routing changes.
 *
 * Invariants: what counts of a sidecar is what was attested, namespace and workload, never what it claims; changes in a row are one push;
 * a sidecar whose version did not change hears nothing of a change.
 */
import type { Duplex } from 'node:stream'
import type { NodeFacts } from '../../proxy/config/push/messages.ts'
import type { Clock } from '../../proxy/runtime/clock.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import type { Attested, AuthorityView } from '../authority/authority.ts'
import type { FleetRegistry } from '../fleet/registry.ts'
import { CanaryRollout } from './canary.ts'
import { Debounce } from '../../proxy/runtime/debounce.ts'
import { PushLines, trustBundleLine } from './push-lines.ts'
import { RecentRoutings } from './recent-routings.ts'
import { type Rollout, rollOutToAll } from './rollout.ts'
import type { RoutingStore } from './routing-store.ts'
import { type PushFigures, type SessionDeps, SidecarSession } from './sidecar-session.ts'
import { type Hello, SidecarStream, type StreamOwner } from './sidecar-stream.ts'

/** However often the routing changes, sidecars do not wait longer than this. */
const longestDebounceMs = 10_000
/** One identity with more streams takes memory from the others. */
const maxStreamsPerIdentity = 5_000
const longestReason = 1_000

export interface PushOptions {
  /** How long it has to be quiet after a change. */
  readonly debounceMs: number
  readonly rollout: 'all' | 'canary'
}

export interface PushDeps {
  readonly store: RoutingStore
  readonly fleet: FleetRegistry
  readonly authority: Pick<AuthorityView, 'trustBundle' | 'onBundleChange'>
  readonly clock: Clock
  readonly logger: Logger
}

export class PushServer {
  readonly figures: Readonly<PushFigures>
  readonly #deps: PushDeps
  readonly #rollout: Rollout
  readonly #session: SessionDeps
  readonly #sessions = new Set<SidecarSession>()
  readonly #streams = new Map<SidecarStream, Attested>()
  readonly #streamsOf = new Map<string, number>()
  readonly #debounce: Debounce
  readonly #unwatch: () => void
  #bundle: Buffer

  constructor({ debounceMs, rollout }: PushOptions, deps: PushDeps) {
    this.#deps = deps
    this.#rollout = rollout === 'canary' ? new CanaryRollout(deps.clock) : rollOutToAll
    const figures = { snapshots: 0, deltas: 0, bytes: 0, acks: 0, nacks: 0, cut: 0 }
    this.figures = figures
    const log = { nacked: this.#logNack.bind(this) }
    this.#session = { rollout: this.#rollout, lines: new PushLines(), recent: new RecentRoutings(), clock: deps.clock, figures, log }
    this.#debounce = new Debounce({ quietMs: debounceMs, longestMs: longestDebounceMs }, deps.clock, () => this.#push())
    this.#bundle = trustBundleLine(deps.authority.trustBundle())
    this.#unwatch = deps.authority.onBundleChange((pem) => this.#pushBundle(pem))
  }

  /** The store may have other snapshots now; sidecars are told after the debounce. */
  changed(): void {
    this.#debounce.touch()
  }

  /** Takes over the stream of a caller that was attested. */
  accept(duplex: Duplex, attested: Attested): void {
    const identity = JSON.stringify([attested.namespace, attested.account])
    const streams = this.#streamsOf.get(identity) ?? 0
    if (streams >= maxStreamsPerIdentity) return this.#refuse(duplex, attested)
    this.#streamsOf.set(identity, streams + 1)
    this.#open(duplex, attested, () => this.#release(identity))
  }

  /** Ends the streams of who was attested by this join token, or by a certificate that began with it. */
  tokenRevoked(tokenId: string, reason: string): void {
    for (const [stream, attested] of this.#streams) if (attested.tokenId === tokenId) stream.end(reason)
  }

  /** Ends every stream in order: sidecars connect anew, here or elsewhere. */
  close(): void {
    this.#debounce.cancel()
    this.#unwatch()
    // Else each canary that leaves would make one of those that are left.
    this.#rollout.close()
    for (const stream of this.#streams.keys()) stream.end(undefined)
  }

  #open(duplex: Duplex, attested: Attested, released: () => void): void {
    let session: SidecarSession | null = null
    const owner: StreamOwner = {
      onHello: (hello) => {
        session = this.#greeted(stream, hello, attested)
      },
      onMessage: (message) => session?.onMessage(message),
      onDrain: () => session?.update(),
      onEnd: (reason) => {
        released()
        this.#streams.delete(stream)
        this.#ended(session, attested, reason)
      },
    }
    const stream = new SidecarStream(duplex, owner, this.#deps.clock)
    this.#streams.set(stream, attested)
  }

  #greeted(stream: SidecarStream, hello: Hello, attested: Attested): SidecarSession {
    const node = attestedNode(hello.node, attested)
    const session = new SidecarSession(stream, hello, node, attested, this.#deps.store.join(node), this.#session)
    this.#sessions.add(session)
    this.#rollout.joined(session)
    this.#deps.fleet.connected(session)
    const { id, namespace, workload } = node
    this.#logClaim(hello.node, node)
    this.#deps.logger.info('sidecar connected', { node: id, namespace, workload, by: attested.by, version: hello.version ?? 'none' })
    if (session.served === session.member.snapshot.version) this.#session.recent.remember(session.workload, session.member.snapshot)
    session.sendTrustBundle(this.#bundle)
    session.update()
    return session
  }

  #ended(session: SidecarSession | null, attested: Attested, reason: string | undefined): void {
    if (reason !== undefined) this.#session.figures.cut++
    if (session === null) return this.#logCut(attested, reason)
    session.close()
    this.#sessions.delete(session)
    this.#deps.fleet.disconnected(session, reason ?? '')
    this.#rollout.left(session, reason !== undefined)
    this.#deps.store.leave(session.member)
    const { id, namespace, workload } = session.node
    this.#deps.logger.info('sidecar disconnected', { node: id, namespace, workload, reason })
  }

  #push(): void {
    this.#rollout.changed()
    for (const session of this.#sessions) session.update()
  }

  #pushBundle(pem: string): void {
    this.#bundle = trustBundleLine(pem)
    for (const session of this.#sessions) session.sendTrustBundle(this.#bundle)
  }

  #release(identity: string): void {
    const left = (this.#streamsOf.get(identity) ?? 1) - 1
    if (left === 0) this.#streamsOf.delete(identity)
    else this.#streamsOf.set(identity, left)
  }

  #refuse(duplex: Duplex, { namespace, account }: Attested): void {
    this.#session.figures.cut++
    this.#deps.logger.warn('config stream refused: too many of this identity', { namespace, account, most: maxStreamsPerIdentity })
    duplex.on('error', () => undefined)
    duplex.destroy()
  }

  #logCut({ namespace, account, by }: Attested, reason: string | undefined): void {
    this.#deps.logger.warn('config stream ended without a sidecar', { namespace, account, by, reason })
  }

  /** Nobody is harmed, but whoever configured it may wait for routing that will not come. */
  #logClaim(claimed: NodeFacts, { id, namespace, workload }: NodeFacts): void {
    if (claimed.workload === '' || claimed.workload === workload) return
    this.#deps.logger.warn('a sidecar claims to be a workload that its token is not for', {
      node: id,
      namespace,
      workload,
      claims: claimed.workload,
    })
  }

  #logNack({ node: { id, namespace, workload } }: SidecarSession, version: string, reason: string): void {
    this.#deps.logger.warn('routing refused', { node: id, namespace, workload, version, reason: reason.slice(0, longestReason) })
  }
}

/** What was attested counts; the account stands for a workload that nobody names. */
function attestedNode(claimed: NodeFacts, { namespace, account, workload: attested }: Attested): NodeFacts {
  const workload = attested ?? (claimed.workload === '' ? account : claimed.workload)
  return { ...claimed, id: claimed.id === '' ? workload : claimed.id, workload, namespace }
}
