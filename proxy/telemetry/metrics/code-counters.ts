/**
 * Counts by status and response flags, for one set of the other labels.
 */
export interface CodeCount {
  readonly status: number
  readonly flags: string
  count: number
}

/** A series that is counted by codes is one of these, so that a call has one object less to look at. */
export class CodeCounters {
  readonly codes: CodeCount[] = []
  /** Nearly every call ends like the one before. */
  #last: CodeCount | undefined

  count(status: number, flags: string): void {
    let entry = this.#last
    if (entry === undefined || entry.status !== status || entry.flags !== flags) this.#last = entry = entryIn(this.codes, status, flags)
    entry.count++
  }

  /** Counts of another thread. */
  absorb(codes: readonly CodeCount[]): void {
    for (const { status, flags, count } of codes) entryIn(this.codes, status, flags).count += count
  }
}

/** A list, not a map: a route has a handful of outcomes. */
function entryIn(codes: CodeCount[], status: number, flags: string): CodeCount {
  for (const entry of codes) {
    if (entry.status === status && entry.flags === flags) return entry
  }
  const entry = { status, flags, count: 0 }
  codes.push(entry)
  return entry
}
