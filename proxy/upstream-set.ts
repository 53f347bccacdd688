/**
 * The upstreams of a snapshot in the making: taken over from the one before where their configuration is the same, else created.
 */
import { isDeepStrictEqual } from 'node:util'
import type { UpstreamConfig } from './config/schema/upstream.ts'
import type { Upstream, UpstreamRole } from './upstream/upstream.ts'

export type CreateUpstream = (name: string, config: UpstreamConfig, role: UpstreamRole) => Upstream

/** By role and name: one that is mirrored to has a compartment of its own. */
export type Upstreams = ReadonlyMap<string, Upstream>

export class UpstreamSet {
  #all = new Map<string, Upstream>()
  #created: Upstream[] = []
  #configs: ReadonlyMap<string, UpstreamConfig>
  #previous: Upstreams | null
  readonly #create: CreateUpstream

  constructor(configs: ReadonlyMap<string, UpstreamConfig>, previous: Upstreams | null, create: CreateUpstream) {
    this.#configs = configs
    this.#previous = previous
    this.#create = create
  }

  get all(): Upstreams {
    return this.#all
  }

  /** Where an upstream is found; for `holds`. */
  static keyOf(role: UpstreamRole, name: string): string {
    return `${role} ${name}`
  }

  /** Whether this very upstream has its place here. */
  holds(key: string, upstream: Upstream): boolean {
    return this.#all.get(key) === upstream
  }

  /** @param config of an upstream that is not among the configured ones. @throws an Error that says why it cannot be built. */
  resolve(name: string, role: UpstreamRole, config = this.#configs.get(name) as UpstreamConfig): Upstream {
    const key = UpstreamSet.keyOf(role, name)
    const known = this.#all.get(key)
    if (known !== undefined) return known
    const upstream = this.#takeOver(key, config) ?? this.#make(name, config, role)
    this.#all.set(key, upstream)
    return upstream
  }

  /** Takes over all of this role, unasked: whoever uses them has not changed, nor have they. */
  keepAll(role: UpstreamRole): void {
    const start = UpstreamSet.keyOf(role, '')
    for (const [key, upstream] of this.#previous ?? []) if (key.startsWith(start)) this.#all.set(key, upstream)
  }

  /** Closes what was made for a snapshot that came to nothing. */
  abandon(): void {
    for (const upstream of this.#created) upstream.close()
  }

  /** Compiled routes hold on to this set, and live on in later snapshots: it must not hold on to all that there was in its time. */
  forget(): void {
    this.#all = new Map()
    this.#created = []
    this.#configs = new Map()
    this.#previous = null
  }

  #takeOver(key: string, config: UpstreamConfig): Upstream | undefined {
    const upstream = this.#previous?.get(key)
    return upstream !== undefined && isDeepStrictEqual(upstream.config, config) ? upstream : undefined
  }

  #make(name: string, config: UpstreamConfig, role: UpstreamRole): Upstream {
    const upstream = this.#create(name, config, role)
    this.#created.push(upstream)
    return upstream
  }
}

/** Closes what the next snapshot did not take over; calls in progress end first. */
export function retire(previous: Upstreams, next: Upstreams | null): void {
  for (const [key, upstream] of previous) {
    if (next?.get(key) !== upstream) upstream.close()
  }
}
