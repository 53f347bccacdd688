/**
 * What became of the calls, by kind: status and flag, or how the call ended without one.
 */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>()

  count(kind: string, outcome: string): void {
    const counts = this.#counts.get(kind) ?? new Map<string, number>()
    this.#counts.set(kind, counts)
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }

  get total(): number {
    let total = 0
    for (const counts of this.#counts.values()) for (const count of counts.values()) total += count
    return total
  }

  /** How often an outcome that begins so was seen, over all kinds. */
  totalOf(beginning: string): number {
    let total = 0
    for (const counts of this.#counts.values()) {
      for (const [outcome, count] of counts) if (outcome.startsWith(beginning)) total += count
    }
    return total
  }

  /** One line a kind, the most frequent outcome first. */
  lines(): string[] {
    const kinds = [...this.#counts].toSorted(([one], [other]) => one.localeCompare(other))
    return kinds.map(([kind, counts]) => {
      const outcomes = [...counts].toSorted(([, one], [, other]) => other - one)
      return `  ${kind.padEnd(12)} ${outcomes.map(([outcome, count]) => `${outcome}: ${count}`).join(', ')}`
    })
  }
}
