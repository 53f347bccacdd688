/**
 * Counts by status and response flags, for one set of the other labels.
 */
export interface CodeCount {
  readonly status: number
  readonly flags: string
  count: number
}

export class CodeCounters {
  readonly counts: CodeCount[] = []
  /** Nearly every call ends like the one before. */
  #last: CodeCount | undefined

  add(status: number, flags: string): void {
    let entry = this.#last
    if (entry === undefined || entry.status !== status || entry.flags !== flags) this.#last = entry = this.#find(status, flags)
    entry.count++
  }

  /** Counts of another thread. */
  absorb(counts: readonly CodeCount[]): void {
    for (const { status, flags, count } of counts) this.#find(status, flags).count += count
  }

  /** A list, not a map: a route has a handful of outcomes. */
  #find(status: number, flags: string): CodeCount {
    for (const entry of this.counts) {
      if (entry.status === status && entry.flags === flags) return entry
    }
    const entry = { status, flags, count: 0 }
    this.counts.push(entry)
    return entry
  }
}
