/**
 * Hands accepted connections to the workers: each to the one that has the fewest, and of equals to the one whose turn it is.
 *
 * The kernel's own way (a socket for each worker on one port) would spread few and long connections unevenly, as an app's are, and reset those
 * that wait for a worker that ends. Invariant: a socket is handed over once, and only to a worker that knows its listener.
 */
import type { Socket } from 'node:net'

/** A worker, as far as it takes connections. */
export interface Taker {
  /** That it has. */
  readonly connections: number
  /** @throws when the socket cannot be handed over any more. */
  hand(listener: string, socket: Socket): void
}

/** Connections that may wait for a worker; more are closed. */
const mostWaiting = 1_024

interface Waiting {
  readonly listener: string
  readonly socket: Socket
}

export class HandOver {
  readonly #workers: () => readonly Taker[]
  #listeners: ReadonlySet<string> = new Set()
  #waiting: Waiting[] = []
  #turn = 0

  /** @param workers those that serve now. */
  constructor(workers: () => readonly Taker[]) {
    this.#workers = workers
  }

  /** @param socket from which nothing was read. */
  take(listener: string, socket: Socket): void {
    const worker = this.#listeners.has(listener) ? this.#leastBusy() : null
    if (worker !== null) handed(worker, listener, socket)
    else if (this.#waiting.length < mostWaiting) this.#waiting.push({ listener, socket })
    else socket.destroy()
  }

  /** These are known to all workers that serve. */
  know(listeners: ReadonlySet<string>): void {
    this.#listeners = listeners
    this.again()
  }

  /** There is a worker that there was not before. */
  again(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { listener, socket } of waiting) this.take(listener, socket)
  }

  /** Nobody will take those that wait. */
  close(): void {
    for (const { socket } of this.#waiting) socket.destroy()
    this.#waiting = []
  }

  #leastBusy(): Taker | null {
    const workers = this.#workers()
    const first = this.#turn++
    let least: Taker | null = null
    for (let i = 0; i < workers.length; i++) {
      const worker = workers[(first + i) % workers.length] as Taker
      if (least === null || worker.connections < least.connections) least = worker
    }
    return least
  }
}

/** A caller may have gone already; there is nothing to hand over then. */
function handed(worker: Taker, listener: string, socket: Socket): void {
  try {
    worker.hand(listener, socket)
  } catch {
    socket.destroy()
  }
}
