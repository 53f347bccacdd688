/**
 * The change of the root as a state machine. Pure: it is given states and times, and gives back states.
 *
 * Both roots are trusted from the first moment. The old signer signs until `switchAt`, so that everybody can learn the new root first;
 * then the new one signs, and the old root stays trusted until the last certificate that it stands for has ended.
 * Invariant: whatever was issued and has not ended is covered by the bundle of every state that follows.
 */
export interface SignerRecord {
  /** `files`: given from outside, and its key is never kept here. */
  readonly source: 'own' | 'files'
  /** PEM; who signs. */
  readonly cert: string
  /** PKCS#8 PEM; null where it is not at hand (any more). */
  readonly key: string | null
  /** PEMs that are sent after each leaf: intermediates, and the new root as signed by the old one. */
  readonly chain: readonly string[]
  /** PEMs of what has to be trusted for it. */
  readonly roots: readonly string[]
  /** The longest life that it has given to a certificate. */
  readonly longestTtlMs: number
}

export interface Rotation {
  readonly current: SignerRecord
  readonly next: { readonly signer: SignerRecord; readonly switchAt: number } | null
  /** Roots that sign no more. `until` in epoch milliseconds. */
  readonly retiring: readonly { readonly root: string; readonly until: number }[]
}

/** Beyond the longest life: for clocks that are a little off. */
const leewayMs = 60_000

/** The oldest first, so that a change of who signs alone changes nothing here. */
export function trustedRoots({ current, next, retiring }: Rotation): string[] {
  return [...new Set([...retiring.map(({ root }) => root), ...current.roots, ...(next?.signer.roots ?? [])])]
}

/** Begins to change to another signer; one whose roots are trusted already takes over at once, and so does one whose predecessor has no key. */
export function begin(rotation: Rotation, signer: SignerRecord, now: number, overlapMs: number): Rotation {
  const trusted = new Set(trustedRoots(rotation))
  const atOnce = rotation.current.key === null || signer.roots.every((root) => trusted.has(root))
  const introduced: Rotation = { ...rotation, next: { signer, switchAt: atOnce ? now : now + overlapMs } }
  return atOnce ? advance(introduced, now) : introduced
}

/** @returns the same object when nothing is due. */
export function advance(rotation: Rotation, now: number): Rotation {
  const switched = rotation.next !== null && rotation.next.switchAt <= now ? switchOver(rotation, rotation.next.signer, now) : rotation
  const retiring = switched.retiring.filter(({ until }) => until > now)
  if (retiring.length === switched.retiring.length) return switched
  return { ...switched, retiring, current: retiring.length === 0 ? withoutCross(switched.current) : switched.current }
}

/** @returns when `advance` will have something to do; null for never. */
export function nextChangeAt({ next, retiring }: Rotation): number | null {
  const times = [...(next === null ? [] : [next.switchAt]), ...retiring.map(({ until }) => until)]
  return times.length === 0 ? null : Math.min(...times)
}

function switchOver({ current, retiring }: Rotation, signer: SignerRecord, now: number): Rotation {
  const until = now + current.longestTtlMs + leewayMs
  const kept = new Map(retiring.map((one) => [one.root, one.until]))
  for (const root of current.roots) kept.set(root, Math.max(until, kept.get(root) ?? 0))
  for (const root of signer.roots) kept.delete(root)
  return { current: signer, next: null, retiring: [...kept].map(([root, last]) => ({ root, until: last })) }
}

/** Once only its own root is trusted, what the old one said of it helps nobody. */
function withoutCross(signer: SignerRecord): SignerRecord {
  return signer.source === 'own' ? { ...signer, chain: [] } : signer
}
