/**
 * A map made from another one and what is different: it costs what is different, not what there is.
 *
 * Invariants: it never changes once it is made. Below is a plain map that all share that were made from it; above is the little that is
 * different, no more than the square root of what is below: when there is more, everything moves into a plain map again.
 */
import type { Steps } from './steps.ts'

const gone = Symbol('gone')

type Above<K, V> = ReadonlyMap<K, V | typeof gone>

interface Layers<K, V> {
  readonly below: ReadonlyMap<K, V>
  readonly above: Above<K, V>
}

/** What is replaced keeps its place in the order. What is both set and removed is set. @returns the very same map where nothing is asked. */
export function* editedMap<K, V>(base: ReadonlyMap<K, V>, set: ReadonlyMap<K, V>, remove: ReadonlySet<K>): Steps<ReadonlyMap<K, V>> {
  if (set.size === 0 && remove.size === 0) return base
  const { below, above: before } = layersOf(base)
  const above = new Map(before)
  for (const key of remove) {
    if (below.has(key)) above.set(key, gone)
    else above.delete(key)
  }
  for (const [key, value] of set) above.set(key, value)
  const next = new LayeredMap(below, above)
  return above.size ** 2 > below.size ? yield* flat(next) : next
}

/** @returns keys that may have another value, or none, in one of the two; null where each of them may. */
export function keysThatMayDiffer<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): ReadonlySet<K> | null {
  const [one, other] = [layersOf(a), layersOf(b)]
  return one.below === other.below ? new Set([...one.above.keys(), ...other.above.keys()]) : null
}

const keysAStep = 1_000

function* flat<K, V>(map: ReadonlyMap<K, V>): Steps<ReadonlyMap<K, V>> {
  const next = new Map<K, V>()
  for (const [key, value] of map) {
    next.set(key, value)
    if (next.size % keysAStep === 0) yield
  }
  return next
}

function layersOf<K, V>(map: ReadonlyMap<K, V>): Layers<K, V> {
  return map instanceof LayeredMap ? (map as LayeredMap<K, V>).layers : { below: map, above: new Map() }
}

class LayeredMap<K, V> implements ReadonlyMap<K, V> {
  readonly layers: Layers<K, V>
  readonly size: number

  constructor(below: ReadonlyMap<K, V>, above: Above<K, V>) {
    this.layers = { below, above }
    let size = below.size
    for (const [key, value] of above) size += (value === gone ? 0 : 1) - (below.has(key) ? 1 : 0)
    this.size = size
  }

  get(key: K): V | undefined {
    const { below, above } = this.layers
    const value = above.get(key)
    if (value === gone) return undefined
    return value !== undefined || above.has(key) ? value : below.get(key)
  }

  has(key: K): boolean {
    const { below, above } = this.layers
    return above.has(key) ? above.get(key) !== gone : below.has(key)
  }

  *entries(): MapIterator<[K, V]> {
    const { below, above } = this.layers
    for (const [key, value] of below) {
      const now = above.has(key) ? (above.get(key) as V | typeof gone) : value
      if (now !== gone) yield [key, now]
    }
    for (const [key, value] of above) if (value !== gone && !below.has(key)) yield [key, value]
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this)
  }
}
