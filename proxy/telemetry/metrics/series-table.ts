/**
 * Counters by their labels, bounded whatever comes in.
 *
 * Labels are names from the configuration, and a sidecar that is reloaded for years with ever new names must not grow for ever:
 * beyond the limit, one entry named `overflow` counts for all that are new.
 */
export const overflowName = 'overflow'

const mostSeries = 10_000

export class SeriesTable<S> {
  readonly all: S[] = []
  readonly #byKey = new Map<string, S>()
  readonly #overflow: S
  readonly #limit: number

  constructor(overflow: S, limit = mostSeries) {
    this.#overflow = overflow
    this.#limit = limit
  }

  get(key: string): S | undefined {
    return this.#byKey.get(key)
  }

  /** @returns the entry to count in: the new one, or the overflow where the table is full. */
  add(key: string, series: S): S {
    if (this.all.length >= this.#limit) {
      if (this.all.length === this.#limit) this.all.push(this.#overflow)
      return this.#overflow
    }
    this.#byKey.set(key, series)
    this.all.push(series)
    return series
  }
}
