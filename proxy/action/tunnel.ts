/**
 * A tunnel: after an upgrade or a CONNECT, bytes pass both ways untouched until both sides are done.
 *
 * Invariants: `ended` is called once, as soon as no more bytes are taken, and both sockets close. A side that breaks takes the other
 * one with it, which is still sent what had come. One that only ends (FIN) lets the other have its say, but not be silent for ever:
 * who has left looks the same.
 */
import { type Duplex, finished } from 'node:stream'
import { ProxyError } from '../error/proxy-error.ts'
import type { Upgraded } from '../http/exchange.ts'
import type { Clock } from '../runtime/clock.ts'
import { MovableTimer } from '../transport/http1/movable-timer.ts'

/** What one side may be silent for once the other has ended, even where `timeout.idle` is longer or off. */
export const halfClosedMs = 30_000

export interface TunnelEnd {
  /** `DC` when the caller's side broke, `UR` when the upstream's did, `UT` when no byte moved for too long, empty for a regular end. */
  readonly flags: string
  /** From the caller to the upstream. */
  readonly bytesIn: number
  /** From the upstream to the caller. */
  readonly bytesOut: number
}

class Tunnel {
  readonly #caller: Duplex
  readonly #upstream: Duplex
  #ended: ((end: TunnelEnd) => void) | null
  readonly #timer: MovableTimer
  #open = 2
  #isHalfClosed = false
  #bytesIn = 0
  #bytesOut = 0

  constructor(caller: Duplex, upstream: Duplex, clock: Clock, ended: (end: TunnelEnd) => void) {
    this.#caller = caller
    this.#upstream = upstream
    this.#ended = ended
    this.#timer = new MovableTimer(clock, () => this.#giveUp())
  }

  begin(early: Buffer | null): void {
    const [caller, upstream] = [this.#caller, this.#upstream]
    this.#watch(caller, upstream, 'DC')
    this.#watch(upstream, caller, 'UR')
    caller.on('data', (chunk: Buffer) => {
      this.#bytesIn += chunk.length
      this.#moved()
    })
    upstream.on('data', (chunk: Buffer) => {
      this.#bytesOut += chunk.length
      this.#moved()
    })
    if (early !== null) {
      this.#bytesIn += early.length
      upstream.write(early)
    }
    caller.pipe(upstream)
    upstream.pipe(caller)
  }

  #watch(side: Duplex, other: Duplex, flag: string): void {
    if (side.readableEnded) this.#halfClosed()
    else side.once('end', () => this.#halfClosed())
    finished(side, (error) => {
      if (error) this.#broken(other, error instanceof ProxyError ? error.facts.flag : flag)
      if (--this.#open > 0) return
      this.#timer.cancel()
      this.#tell('')
    })
  }

  /** What came from the side that broke is still delivered (RFC 9110 section 9.3.6), to who takes it in time. */
  #broken(other: Duplex, flag: string): void {
    this.#halfClosed()
    if (other.writable) other.end()
    if (other.writableFinished || other.destroyed) other.destroy()
    else other.once('finish', () => other.destroy())
    this.#tell(flag)
  }

  #halfClosed(): void {
    this.#isHalfClosed = true
    this.#timer.set(halfClosedMs)
  }

  #moved(): void {
    if (this.#isHalfClosed) this.#timer.set(halfClosedMs)
  }

  #giveUp(): void {
    this.#tell('')
    this.#caller.destroy()
    this.#upstream.destroy()
  }

  #tell(flags: string): void {
    const ended = this.#ended
    this.#ended = null
    ended?.({ flags, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut })
  }
}

/** Takes over both streams, which are paused and may have ended already. */
export function joinTunnel({ stream, early }: Upgraded, upstream: Duplex, clock: Clock, ended: (end: TunnelEnd) => void): void {
  new Tunnel(stream, upstream, clock, ended).begin(early)
}
