/**
 * How far a peer may send ahead of whoever reads its bodies: the flow-control window of the streams of one connection.
 *
 * A large window makes a body three times as fast, and is memory that a slow reader has us hold. So windows are small, and a connection
 * is given large ones only while it moves much on few streams. Invariant: no more than `largeConnections` of this thread have them,
 * so all paused bodies together hold at most `largeConnections * fewStreams` large windows beside a small one each.
 */
import type { Http2Session } from 'node:http2'
import { largeWindowBytes, smallWindowBytes } from './settings.ts'

const largeConnections = 8
const fewStreams = 4
/** Of one body: there is more where that came from. */
const muchBytes = 128 * 1024

let large = 0

export class ReceiveWindow {
  readonly #session: Http2Session
  #streams = 0
  #isLarge = false

  constructor(session: Http2Session) {
    this.#session = session
    session.once('close', () => this.#release())
  }

  streamOpened(): void {
    if (++this.#streams > fewStreams) this.#shrink()
  }

  streamClosed(): void {
    if (--this.#streams === 0) this.#shrink()
  }

  /** @param bytes of one body, handed on so far. */
  moved(bytes: number): void {
    if (bytes >= muchBytes && !this.#isLarge) this.#grow()
  }

  #grow(): void {
    if (large === largeConnections || this.#streams > fewStreams || !this.#maySay) return
    large++
    this.#isLarge = true
    this.#session.settings({ initialWindowSize: largeWindowBytes })
  }

  /** Takes effect on open streams too; what their peers have sent already is still taken. */
  #shrink(): void {
    if (!this.#isLarge || !this.#maySay) return
    this.#release()
    this.#session.settings({ initialWindowSize: smallWindowBytes })
  }

  /** One change at a time: node:http2 ends a connection whose peer owes too many acknowledgements. */
  get #maySay(): boolean {
    const session = this.#session
    return !session.closed && !session.destroyed && !session.pendingSettingsAck
  }

  #release(): void {
    if (!this.#isLarge) return
    this.#isLarge = false
    large--
  }
}
