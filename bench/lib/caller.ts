/**
 * One caller of the load generator, with one kept-alive connection to every target.
 *
 * One call goes to all targets at once and ends when the last has answered; with one target that is an ordinary call.
 */
import { LoadConnection, type Opener } from './load-connection.ts'

/** Requests in turn, over all callers of a load. */
export class RequestWheel {
  readonly #requests: readonly Buffer[]
  #at = 0

  constructor(requests: readonly Buffer[]) {
    this.#requests = requests
  }

  next(): Buffer {
    if (this.#at === this.#requests.length) this.#at = 0
    return this.#requests[this.#at++] as Buffer
  }
}

export class Caller {
  readonly #connections: LoadConnection[]
  readonly #requests: RequestWheel
  readonly #onDone: (caller: Caller, ok: boolean) => void
  #outstanding = 0
  #ok = true
  since = 0

  constructor(openers: readonly Opener[], requests: RequestWheel, onDone: (caller: Caller, ok: boolean) => void) {
    this.#requests = requests
    this.#onDone = onDone
    this.#connections = openers.map((open) => new LoadConnection(open, (status) => this.#onAnswer(status)))
  }

  get busy(): boolean {
    return this.#outstanding > 0
  }

  /** @param since the instant from which the call is measured. */
  begin(since: number): void {
    const request = this.#requests.next()
    this.since = since
    this.#ok = true
    this.#outstanding = this.#connections.length
    for (const connection of this.#connections) connection.send(request)
  }

  close(): void {
    this.#outstanding = 0
    for (const connection of this.#connections) connection.close()
  }

  #onAnswer(status: number): void {
    if (status < 200 || status > 299) this.#ok = false
    if (--this.#outstanding === 0) this.#onDone(this, this.#ok)
  }
}
