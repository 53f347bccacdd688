/**
 * Which program was not there when: between its kill and the moment in which it said that it is ready again, calls through it may fail.
 */
import type { Failure } from './calls.ts'

interface Outage {
  readonly name: string
  /** Epoch milliseconds; `to` is infinite while it lasts. */
  readonly from: number
  to: number
}

export class Outages {
  readonly #all: Outage[] = []

  get count(): number {
    return this.#all.length
  }

  /** To be called just before the kill. @returns what ends it, when the program is ready again. */
  begin(name: string): () => void {
    const outage: Outage = { name, from: Date.now(), to: Number.POSITIVE_INFINITY }
    this.#all.push(outage)
    return () => {
      outage.to = Date.now()
    }
  }

  /** Whether the call went through a program while that was not there. */
  excuse({ caller, callee, began, ended }: Failure): boolean {
    return this.#all.some(({ name, from, to }) => (name === caller || name === callee) && began <= to && ended >= from)
  }

  /** `3 a, 2 control-plane` */
  summary(): string {
    const counts = new Map<string, number>()
    for (const { name } of this.#all) counts.set(name, (counts.get(name) ?? 0) + 1)
    return [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
  }
}
