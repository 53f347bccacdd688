/**
 * Repeatable damage to a message.
 */
import type { SeededRandom } from '../../harness/seeded-random.ts'
import { morsels } from './seeds.ts'

type Mutation = (text: string, random: SeededRandom) => string

function place(text: string, random: SeededRandom): number {
  return random.below(text.length + 1)
}

const mutations: readonly Mutation[] = [
  (text, random) => {
    const at = place(text, random)
    return text.slice(0, at) + random.pick(morsels) + text.slice(at)
  },
  (text, random) => {
    const at = place(text, random)
    return text.slice(0, at) + text.slice(at + 1 + random.below(3))
  },
  (text, random) => {
    const at = place(text, random)
    return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1)
  },
  (text, random) => {
    const from = place(text, random)
    const at = place(text, random)
    return text.slice(0, at) + text.slice(from, from + random.below(30)) + text.slice(at)
  },
  (text, random) => {
    const lineEnds = [...text.matchAll(/\r\n/g)].map(({ index }) => index + 2)
    const at = lineEnds.length === 0 ? 0 : random.pick(lineEnds)
    return text.slice(0, at) + random.pick(morsels) + text.slice(at)
  },
  (text, random) => text.slice(0, place(text, random)),
]

/** One to three mutations; now and then none. */
function mutate(text: string, random: SeededRandom): string {
  let mutated = text
  for (let left = random.below(4); left > 0; left--) mutated = random.pick(mutations)(mutated, random)
  return mutated
}

/** One of the seeds, mutated. */
export function damaged(seeds: Readonly<Record<string, string>>, random: SeededRandom): Buffer<ArrayBuffer> {
  return Buffer.from(mutate(random.pick(Object.values(seeds)), random), 'latin1')
}

/** Cuts at random points. */
export function cut(bytes: Buffer, random: SeededRandom): Buffer[] {
  const pieces: Buffer[] = []
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + 1 + random.below(20))
    pieces.push(bytes.subarray(from, to))
    from = to
  }
  return pieces
}
