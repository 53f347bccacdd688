/**
 * "Did you mean": the known word that is nearest to a misspelt one.
 */

/** Longer words are not compared: nobody misspells them, and the comparison is quadratic. */
const longestWord = 64

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** @returns the nearest of `known` where it is near enough: one difference for three letters, case apart. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > longestWord) return undefined
  let best: string | undefined
  let allowed = Math.floor(word.length / 3) + 1
  for (const candidate of known) {
    if (candidate.length > longestWord) continue
    const away = distance(word.toLowerCase(), candidate.toLowerCase())
    if (away >= allowed) continue
    best = candidate
    allowed = away
  }
  return best
}

/** @returns `, did you mean \`X\`?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const found = nearest(word, known)
  return found === undefined ? '' : `, did you mean \`${found}\`?`
}
