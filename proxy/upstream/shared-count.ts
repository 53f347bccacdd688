/**
 * A count that several threads keep together: how many there are in all, and the part that each thread has in it.
 *
 * Invariants: `take` never lets the total exceed its limit; the total is the sum of the parts, so that what a thread had when it
 * died can be given back for it. Nobody waits for anybody.
 */
export class SharedCount {
  readonly #cells: Int32Array
  readonly #total: number
  readonly #part: number

  /** Cells that one count of so many threads takes. */
  static size(threads: number): number {
    return 1 + threads
  }

  /** Gives back what a thread had that is no more. @param first cell of the count. */
  static giveBack(cells: Int32Array, first: number, thread: number): void {
    Atomics.sub(cells, first, Atomics.exchange(cells, first + 1 + thread, 0))
  }

  /** @param first cell of the count: the total; the parts of the threads follow. */
  constructor(cells: Int32Array, first: number, thread: number) {
    this.#cells = cells
    this.#total = first
    this.#part = first + 1 + thread
  }

  get total(): number {
    return Atomics.load(this.#cells, this.#total)
  }

  /** @returns whether there was room for one more below the limit; it is counted then. */
  take(limit: number): boolean {
    for (;;) {
      const total = this.total
      if (total >= limit) return false
      if (Atomics.compareExchange(this.#cells, this.#total, total, total + 1) === total) break
    }
    this.#mine(1)
    return true
  }

  /** @param more below 0 for fewer. */
  add(more: number): void {
    Atomics.add(this.#cells, this.#total, more)
    this.#mine(more)
  }

  /** Nobody else writes this thread's part. */
  #mine(more: number): void {
    this.#cells[this.#part] = (this.#cells[this.#part] as number) + more
  }
}

/** The compartment of one upstream where several threads share it: what holds for all of them together. */
export interface SharedCompartment {
  /** Calls in progress. */
  readonly requests: SharedCount
  /** Calls that wait for a connection. */
  readonly pending: SharedCount
  /** How many of so many connections this thread may have. */
  connections(limit: number): number
}
