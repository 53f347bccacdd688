/**
 * What the authority starts with: what the state folder says, and what the configuration says now, brought together.
 */
import { begin, type Rotation, type SignerRecord } from './rotation.ts'

/**
 * Takes a signer that was given from outside. @param rotation null at the first start.
 * Its certificate may be the one in force with a new chain, the one that is being changed to, or a new one.
 */
export function adoptFiles(rotation: Rotation | null, signer: SignerRecord, now: number, overlapMs: number): Rotation {
  if (rotation === null) return { current: signer, next: null, retiring: [] }
  const { current, next } = rotation
  const longestTtlMs = Math.max(signer.longestTtlMs, current.longestTtlMs)
  if (current.cert === signer.cert) return { ...rotation, current: { ...signer, longestTtlMs }, next: null }
  if (next?.signer.cert === signer.cert && current.key !== null) return { ...rotation, next: { ...next, signer } }
  return begin({ ...rotation, next: null }, signer, now, overlapMs)
}

/** Goes on with the authority's own root, or makes one. @param make is called where there is none. */
export async function adoptOwn(
  rotation: Rotation | null,
  make: () => Promise<SignerRecord>,
  now: number,
  overlapMs: number,
): Promise<Rotation> {
  if (rotation === null) return { current: await make(), next: null, retiring: [] }
  const { current, next } = rotation
  const ownNext = next?.signer.source === 'own' ? next : null
  if (current.source === 'own') return { ...rotation, next: ownNext }
  return begin({ ...rotation, next: null }, ownNext?.signer ?? (await make()), now, overlapMs)
}

/** Remembers a life that is longer than what was given out before. */
export function withTtl(rotation: Rotation, ttlMs: number): Rotation {
  const longer = (signer: SignerRecord) => ({ ...signer, longestTtlMs: Math.max(signer.longestTtlMs, ttlMs) })
  const { current, next } = rotation
  return { ...rotation, current: longer(current), next: next === null ? null : { ...next, signer: longer(next.signer) } }
}
