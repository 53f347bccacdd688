/**
 * Lines and columns of a text, from 1. A line ends with LF; a CR before it is its last character.
 */
export interface LineColumn {
  readonly line: number
  readonly column: number
}

/** @returns the place of an offset; one beyond the end is at the end. */
export function lineTable(text: string): (offset: number) => LineColumn {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    const within = Math.min(Math.max(0, offset), text.length)
    const index = lastAtMost(starts, within)
    return { line: index + 1, column: within - (starts[index] ?? 0) + 1 }
  }
}

/** The index of the last of the ascending numbers that is at most `limit`; the first always is. */
function lastAtMost(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((ascending[middle] ?? 0) <= limit) low = middle
    else high = middle - 1
  }
  return low
}
