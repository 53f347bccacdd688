/**
 * The way to the control plane: the last good routing at the start, then the config stream, for as long as the sidecar lives.
 *
 * Invariants: there is always exactly one of a connection, an attempt at one, or a timer for the next; what is in force stays in force
 * whatever happens to the stream; every push is answered, unless a newer one came first.
 */
import type { FromControlPlane, NodeFacts, SidecarStatus } from '../config/push/messages.ts'
import { clockProblem } from '../identity/clock-skew.ts'
import type { IdentityClient } from '../identity/identity.ts'
import { type BackoffLimits, backoffMs } from '../runtime/backoff.ts'
import type { Clock, Timer } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import type { LastGoodStore } from './last-good.ts'
import { type ApplyRouting, type Push, PushedRouting, type PushOutcome } from './pushed-routing.ts'
import { type ControlPlaneLink, type Refusal, StreamConnection, type StreamConnectionOwner } from './stream-connection.ts'

const backoff: BackoffLimits = { baseMs: 250, maxMs: 10_000 }
/** A stream that stood for so long was a good one: the next failure is a first one again. */
const stableMs = 60_000
const unauthorized = 401
/** The control plane does not read on beyond its limit for a line. */
const longestReason = 4_000

export interface ConfigStreamDeps {
  /** Of the control plane. */
  readonly url: string
  readonly identity: Pick<IdentityClient, 'connectControlPlane' | 'useBundle' | 'tryNow' | 'certificateRefused'>
  readonly apply: ApplyRouting
  readonly lastGood: LastGoodStore
  /** What the fleet page shows of this sidecar. */
  readonly status: () => SidecarStatus
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export type ConfigStreamState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'connecting' }
  /** Epoch milliseconds. */
  | { readonly kind: 'connected'; readonly since: number }
  | { readonly kind: 'waiting'; readonly reason: string }

export class ConfigStream {
  readonly #node: NodeFacts
  readonly #deps: ConfigStreamDeps
  readonly #routing: PushedRouting
  #state: ConfigStreamState = { kind: 'stopped' }
  #connection: StreamConnection | null = null
  #timer: Timer | null = null
  readonly #giveUp = new AbortController()
  #attempt = 0
  /** The next `hello` asks for everything. */
  #outOfStep = false
  #lastError: string | undefined
  #refused: string | undefined
  #clock: string | undefined

  constructor(node: NodeFacts, deps: ConfigStreamDeps) {
    this.#node = node
    this.#deps = deps
    this.#routing = new PushedRouting(deps.apply, deps.clock)
  }

  /** Resolves when the last good routing is in force, where there is one; from then on it keeps itself connected. */
  async start(): Promise<void> {
    this.#state = { kind: 'connecting' }
    await this.#restore()
    if (!this.#giveUp.signal.aborted) void this.#connect()
  }

  /** Resolves when the last good routing is on disk. */
  async close(): Promise<void> {
    this.#giveUp.abort()
    this.#timer?.cancel()
    this.#connection?.leave('the sidecar is closing')
    this.#state = { kind: 'stopped' }
    await this.#deps.lastGood.settled()
  }

  /** The control plane need not wait for the next heartbeat to hear of a new certificate or a new trouble. */
  statusChanged(): void {
    this.#connection?.send({ type: 'heartbeat', status: this.#deps.status() })
  }

  get state(): ConfigStreamState {
    return this.#state
  }

  /** Of the routing in force; null before the first. */
  get version(): string | null {
    return this.#routing.inForce?.digest.version ?? null
  }

  /** Why the last connection, or the last attempt at one, ended; undefined when there was no trouble yet. */
  get lastError(): string | undefined {
    return this.#lastError
  }

  /** Why there is nothing to serve yet; undefined from the first routing on. */
  notReady(): string | undefined {
    if (this.version !== null) return undefined
    const why = this.#refused ?? this.#lastError
    return why === undefined ? 'no routing yet: waiting for the control plane' : `no routing yet: ${why}`
  }

  /** What people should know; undefined when all is well. */
  problem(): string | undefined {
    const disconnected = this.#connection === null ? this.#lastError : undefined
    return this.#refused ?? disconnected ?? this.#clock ?? this.#deps.lastGood.problem()
  }

  async #restore(): Promise<void> {
    const { lastGood, logger } = this.#deps
    const loaded = await lastGood.load()
    if (loaded.kind === 'none') return
    if (loaded.kind === 'refused') return this.#notRestored(loaded.reason)
    const outcome = await this.#routing.restore(loaded.kept)
    if (outcome.kind !== 'applied') return this.#notRestored(`${lastGood.path}: ${outcome.reason}`)
    logger.info('last good routing in force', { version: loaded.kept.version, file: lastGood.path })
  }

  #notRestored(reason: string): void {
    this.#refused = `the last good routing is refused: ${reason}`
    this.#deps.logger.error('last good routing refused', { reason })
  }

  async #connect(): Promise<void> {
    this.#timer = null
    this.#state = { kind: 'connecting' }
    try {
      const link = await this.#deps.identity.connectControlPlane(this.#giveUp.signal)
      if (this.#giveUp.signal.aborted) return void link.socket.destroy()
      this.#open(link)
    } catch (error) {
      this.#retry(error instanceof Error ? error.message : String(error))
    }
  }

  #open(link: ControlPlaneLink): void {
    const owner: StreamConnectionOwner = {
      onOpen: (time) => this.#onOpen(time),
      onMessage: (message) => this.#onMessage(connection, message),
      onBeat: () => connection.send({ type: 'heartbeat', status: this.#deps.status() }),
      onEnd: (reason, refusal) => {
        this.#connection = null
        this.#retry(refusal === undefined ? reason : this.#refusedFor(reason, refusal))
      },
    }
    const connection = new StreamConnection(this.#deps.url, link, owner, this.#deps.clock)
    this.#connection = connection
    const version = this.#outOfStep ? null : this.version
    this.#outOfStep = false
    connection.send({ type: 'hello', node: this.#node, version, status: this.#deps.status() })
  }

  #onOpen(time: number | null): void {
    const { clock, logger } = this.#deps
    this.#state = { kind: 'connected', since: clock.wall() }
    this.#deps.identity.tryNow()
    this.#timer = clock.after(stableMs, () => {
      this.#attempt = 0
    })
    this.#clock = clockProblem(clock.wall(), time)
    logger.info('connected to the control plane', { version: this.version ?? 'none' })
    if (this.#clock !== undefined) logger.warn('clocks differ', { reason: this.#clock })
  }

  /** @returns the reason, with what this machine's clock may have to do with it. */
  #refusedFor(reason: string, { status, time }: Refusal): string {
    if (status === unauthorized) this.#deps.identity.certificateRefused()
    const problem = clockProblem(this.#deps.clock.wall(), time)
    return problem === undefined ? reason : `${reason} (${problem})`
  }

  #onMessage(connection: StreamConnection, message: FromControlPlane): void {
    switch (message.type) {
      case 'heartbeat':
        return
      case 'trustBundle':
        return this.#deps.identity.useBundle(message.pem)
      case 'snapshot':
      case 'delta':
        return this.#onPush(connection, message)
      default:
        message satisfies never
    }
  }

  #onPush(connection: StreamConnection, push: Push): void {
    const { version, nonce } = push
    this.#routing.receive(push, (outcome) => {
      this.#note(version, outcome)
      if (outcome.kind === 'applied') connection.send({ type: 'ack', version, nonce })
      else if (outcome.kind === 'refused') connection.send({ type: 'nack', version, nonce, reason: shortened(outcome.reason) })
      else this.#startOver(connection, outcome.reason)
    })
  }

  #note(version: string, outcome: PushOutcome): void {
    const { logger, lastGood } = this.#deps
    const { inForce } = this.#routing
    this.#refused = outcome.kind === 'refused' ? `the control plane's routing ${version} is refused: ${outcome.reason}` : undefined
    if (outcome.kind === 'applied') logger.info('routing in force', { version })
    if (outcome.kind === 'refused') logger.error('routing refused, the old one stays', { version, reason: outcome.reason })
    if (outcome.kind === 'applied' && inForce !== null) void lastGood.save(inForce)
  }

  #startOver(connection: StreamConnection, reason: string): void {
    this.#outOfStep = true
    connection.end(`out of step: ${reason}`)
  }

  #retry(reason: string): void {
    if (this.#giveUp.signal.aborted) return
    const { clock, random, logger } = this.#deps
    this.#timer?.cancel()
    const delayMs = backoffMs(backoff, this.#attempt++, random)
    this.#timer = clock.after(delayMs, () => void this.#connect())
    // The same trouble again and again is said once.
    if (reason !== this.#lastError || this.#state.kind === 'connected')
      logger.warn('no control plane', { reason, retryMs: Math.round(delayMs) })
    this.#lastError = reason
    this.#state = { kind: 'waiting', reason }
  }
}

function shortened(reason: string): string {
  return reason.length <= longestReason ? reason : `${reason.slice(0, longestReason)}...`
}
