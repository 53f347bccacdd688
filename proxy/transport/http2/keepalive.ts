/**
 * Finds out that a peer is dead although its connection stands: while calls are in progress and nothing was read for a while, it is asked (PING).
 *
 * One ping a silence, then one every five minutes: gRPC servers take more for an attack and answer with GOAWAY (gRFC A8).
 */
import type { ClientHttp2Session } from 'node:http2'
import type { Clock, Timer } from '../../runtime/clock.ts'

export const silenceMs = 10_000
export const answerMs = 5_000
const nextPingMs = 300_000

export class KeepAlive {
  readonly #session: ClientHttp2Session
  readonly #clock: Clock
  /** Bytes read from the socket so far. */
  readonly #bytesRead: () => number
  readonly #isBusy: () => boolean
  readonly #onDead: () => void
  #seen = 0
  #pingedAt = Number.NEGATIVE_INFINITY
  #timer: Timer | null = null
  #stopped = false

  constructor(session: ClientHttp2Session, clock: Clock, bytesRead: () => number, isBusy: () => boolean, onDead: () => void) {
    this.#session = session
    this.#clock = clock
    this.#bytesRead = bytesRead
    this.#isBusy = isBusy
    this.#onDead = onDead
  }

  /** A call began. While one timer runs, this costs nothing; the silence is measured in whole rounds of it. */
  wake(): void {
    if (this.#timer !== null || this.#stopped) return
    this.#seen = this.#bytesRead()
    this.#arm(silenceMs)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = null
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => this.#look())
  }

  #look(): void {
    this.#timer = null
    if (!this.#isBusy()) return
    const read = this.#bytesRead()
    if (read === this.#seen) return this.#silent()
    this.#seen = read
    this.#pingedAt = Number.NEGATIVE_INFINITY
    this.#arm(silenceMs)
  }

  #silent(): void {
    const sincePing = this.#clock.now() - this.#pingedAt
    // node:http2 sends no pings once GOAWAY was seen.
    if (sincePing < nextPingMs || this.#session.closed) return this.#arm(silenceMs)
    if (!this.#session.ping((error) => this.#answered(error))) return this.#arm(silenceMs)
    this.#pingedAt = this.#clock.now()
    this.#timer = this.#clock.after(answerMs, () => this.#onDead())
  }

  /** The answer itself is not a sign of life of the calls: it does not end the silence. */
  #answered(error: Error | null): void {
    if (this.#stopped || error !== null) return
    this.#timer?.cancel()
    this.#seen = this.#bytesRead()
    this.#arm(silenceMs)
  }
}
