/**
 * One connected sidecar: what it has, what it was sent, what it refused, and from that what it is sent next.
 *
 * Invariants: at most one routing is on its way to it; what it is to have is asked for anew when the way is free, so the newest wins and
 * nothing queues up. What it has refused is not sent again until it is to have something else.
 */
import type { NodeFacts, SidecarStatus } from '../../proxy/config/push/messages.ts'
import type { Clock, Timer } from '../../proxy/runtime/clock.ts'
import type { Attested } from '../authority/authority.ts'
import type { ConnectedSidecar, FleetEntry, SidecarState } from '../fleet/fleet.ts'
import type { PushLines } from './push-lines.ts'
import type { RecentRoutings } from './recent-routings.ts'
import type { RolledOut, Rollout } from './rollout.ts'
import type { PushedRouting, RoutedMember } from './routing-store.ts'
import type { Hello, Message, SidecarStream } from './sidecar-stream.ts'

/** A sidecar that takes longer to answer is not of this world any more, whatever its heartbeats say. */
const answerTimeoutMs = 60_000

export interface SessionDeps {
  readonly rollout: Rollout
  readonly lines: PushLines
  readonly recent: RecentRoutings
  readonly clock: Clock
  readonly figures: PushFigures
  readonly log: { nacked(session: SidecarSession, version: string, reason: string): void }
}

/** Counted since the start. */
export interface PushFigures {
  snapshots: number
  deltas: number
  bytes: number
  acks: number
  nacks: number
  /** Streams that did not end in order: garbage, silence, no answer, lost connections. */
  cut: number
}

interface OnItsWay extends PushedRouting {
  readonly nonce: string
  readonly timer: Timer
}

export class SidecarSession implements ConnectedSidecar, RolledOut {
  readonly node: NodeFacts
  readonly attested: Attested
  readonly member: RoutedMember
  /** Sidecars of one workload roll out together. */
  readonly workload: string
  /** Sidecars that agree in this are to have the same. */
  readonly selection: string
  readonly #stream: SidecarStream
  readonly #deps: SessionDeps
  #status: SidecarStatus
  #served: string | null
  #onItsWay: OnItsWay | null = null
  #refused: RolledOut['refused'] = null
  #heldBack = ''
  #nonces = 0

  constructor(stream: SidecarStream, hello: Hello, node: NodeFacts, attested: Attested, member: RoutedMember, deps: SessionDeps) {
    this.#stream = stream
    this.#deps = deps
    this.node = node
    this.attested = attested
    this.member = member
    this.workload = JSON.stringify([node.namespace, node.workload])
    this.selection = JSON.stringify([this.workload, ...Object.entries(node.labels).toSorted(([a], [b]) => (a < b ? -1 : 1))])
    this.#served = hello.version
    this.#status = hello.status
  }

  get status(): SidecarStatus {
    return this.#status
  }

  get served(): string | null {
    return this.#served
  }

  get refused(): RolledOut['refused'] {
    return this.#refused
  }

  /** Whether it is ahead of, behind or at one with what it should have. */
  entry(): FleetEntry {
    const { id, namespace, workload } = this.node
    const certificateNotAfter = this.#status.certificateNotAfter ?? null
    return { node: id, namespace, workload, version: this.#served, ...this.#condition(), certificateNotAfter }
  }

  /** Sends what it should have now, when that is something else than it has and the way is free. */
  update(): void {
    const decision = this.#deps.rollout.decide(this)
    this.#heldBack = decision.heldBack
    const { target } = decision
    // What it is to have in between may have changed what it says the next time.
    if (target !== null && target.version !== this.#refused?.version) this.#refused = null
    if (this.#onItsWay !== null || !this.#stream.isFree || target === null || target.version === this.#served) return
    if (target.version !== this.#refused?.version) this.#send(target)
  }

  onMessage(message: Message): void {
    if (message.type === 'heartbeat') this.#status = message.status
    else this.#onAnswer(message)
  }

  sendTrustBundle(line: Buffer): void {
    this.#stream.sendTrustBundle(line)
  }

  /** The stream is over. */
  close(): void {
    this.#onItsWay?.timer.cancel()
    this.#onItsWay = null
  }

  #condition(): { readonly state: SidecarState; readonly reason: string } {
    const { version } = this.member.snapshot
    const problem = this.#status.problem ?? ''
    if (this.#served === version) return { state: 'current', reason: problem }
    if (this.#refused?.version === version) return { state: 'nacked', reason: this.#refused.reason }
    return { state: 'pending', reason: this.#heldBack || problem }
  }

  #send(target: PushedRouting): void {
    const { lines, figures } = this.#deps
    const line = lines.lineFor(this.#base(), target)
    if (line === null) return this.#refuse(target.version, 'the routing is too large to be sent: more than 16MiB')
    const nonce = String(++this.#nonces)
    this.#stream.send(line, nonce)
    const timer = this.#deps.clock.after(answerTimeoutMs, () =>
      this.#stream.end(`no answer to ${target.version} for ${answerTimeoutMs} ms`),
    )
    this.#onItsWay = { ...target, nonce, timer }
    figures.bytes += line.rest.length
    figures[line.type === 'delta' ? 'deltas' : 'snapshots']++
  }

  #base(): PushedRouting | null {
    const version = this.#served
    const routing = version === null ? undefined : this.#deps.recent.find(this.workload, version)
    return version === null || routing === undefined ? null : { version, routing }
  }

  /** Only what is on its way can be answered; anything else is an answer that came too late to mean anything. */
  #onAnswer(answer: Exclude<Message, { type: 'heartbeat' }>): void {
    const sent = this.#onItsWay
    if (sent?.nonce !== answer.nonce || sent.version !== answer.version) return
    this.close()
    if (answer.type === 'nack') this.#refuse(sent.version, answer.reason)
    else this.#accept(sent)
    this.update()
  }

  #accept(sent: PushedRouting): void {
    const { recent, rollout, figures } = this.#deps
    figures.acks++
    this.#served = sent.version
    this.#refused = null
    recent.remember(this.workload, { version: sent.version, routing: sent.routing })
    rollout.accepted(this, sent.version)
  }

  #refuse(version: string, reason: string): void {
    this.#deps.figures.nacks++
    this.#refused = { version, reason }
    this.#deps.log.nacked(this, version, reason)
    this.#deps.rollout.refused(this, version, reason)
  }
}
