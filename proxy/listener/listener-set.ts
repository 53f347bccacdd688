/**
 * The listeners of one sidecar: opened and closed so that they are those of the configuration.
 *
 * Invariant: a change happens as a whole. Ports that are new are opened first; only when all of them could be had
 * is the change made and are those that are gone drained, within the time that a drain may take. A port that stays keeps its socket and
 * its connections.
 */
import type { DrainConfig } from '../config/schema/bootstrap.ts'
import type { ListenerConfig } from '../config/schema/listener.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Listener } from './listener.ts'

/** @throws the reason why its port cannot be had. */
type OpenListener = (config: ListenerConfig) => Listener | Promise<Listener>

/** The same listener on another address is another one. */
export function listenerKey({ name, address }: ListenerConfig): string {
  return `${name} ${address}`
}

export interface ListenerSetDeps {
  readonly clock: Clock
  readonly drain: DrainConfig
  readonly openListener: OpenListener
}

export class ListenerSet {
  readonly #deps: ListenerSetDeps
  /** By name and configured address. */
  #open = new Map<string, Listener>()
  readonly #leaving = new Set<Listener>()

  constructor(deps: ListenerSetDeps) {
    this.#deps = deps
  }

  /** Address as bound, by listener name. */
  get addresses(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#open.values()].map(({ name, address }) => [name, address]))
  }

  /**
   * @param commit called when nothing can fail any more, before callers are sent away from ports that go.
   * @throws the reason why a port cannot be had; nothing has changed then.
   */
  async replace(configs: readonly ListenerConfig[], commit: () => void): Promise<void> {
    const next = new Map<string, Listener>()
    const kept: (() => void)[] = []
    const opened: Listener[] = []
    try {
      for (const config of configs) {
        const key = listenerKey(config)
        const open = this.#open.get(key)
        const listener = open ?? (await this.#deps.openListener(config))
        if (open === undefined) opened.push(listener)
        else kept.push(() => open.reconfigure(config))
        next.set(key, listener)
      }
    } catch (error) {
      await Promise.all(opened.map((listener) => listener.close()))
      throw error
    }
    const gone = [...this.#open].filter(([key]) => !next.has(key)).map(([, listener]) => listener)
    this.#open = next
    for (const reconfigure of kept) reconfigure()
    commit()
    for (const listener of gone) this.#dismiss(listener)
  }

  /** @param key from `listenerKey`. */
  get(key: string): Listener | undefined {
    return this.#open.get(key)
  }

  /** Accepts no more; connections end with what is in progress on them. */
  drain(): void {
    for (const listener of this.#open.values()) this.#dismiss(listener)
  }

  async close(): Promise<void> {
    const all = [...this.#open.values(), ...this.#leaving]
    await Promise.all(all.map((listener) => listener.close()))
  }

  #dismiss(listener: Listener): void {
    const { clock, drain } = this.#deps
    this.#leaving.add(listener)
    const timer = clock.after(drain.timeout, () => void listener.close())
    void listener.drain().then(() => {
      timer.cancel()
      this.#leaving.delete(listener)
    })
  }
}
