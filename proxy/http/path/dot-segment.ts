/**
 * Tells dot segments from others, and from those that only a further decoding would turn into one:
 * `%252e%252e`, `.%25252E`, `..;x`, `.%3B`. What one server takes for a name, the next takes for the way up.
 */

/** `hidden` is a dot segment to some servers only. */
export type SegmentKind = 'plain' | 'dot' | 'dotdot' | 'hidden'

const dot = 0x2e
const percent = 0x25

/** @param segment from a path whose bytes are canonical: a dot that was encoded once is a dot again. */
export function segmentKind(segment: string): SegmentKind {
  const first = segment.charCodeAt(0)
  if (first !== dot && first !== percent) return 'plain'
  let dots = 0
  let at = 0
  for (let next = afterDot(segment, 0); next > at; next = afterDot(segment, at)) {
    dots++
    at = next
  }
  if (dots === 0 || dots > 2) return 'plain'
  if (at < segment.length) return isSemicolon(segment, at) ? 'hidden' : 'plain'
  if (segment.length > dots) return 'hidden'
  return dots === 1 ? 'dot' : 'dotdot'
}

/** Where the dot at `at` ends, however often it is encoded; `at` where there is none. */
function afterDot(segment: string, at: number): number {
  if (segment.charCodeAt(at) === dot) return at + 1
  const digits = afterPercent(segment, at)
  return digits > at && segment.slice(digits, digits + 2).toLowerCase() === '2e' ? digits + 2 : at
}

function isSemicolon(segment: string, at: number): boolean {
  if (segment[at] === ';') return true
  const digits = afterPercent(segment, at)
  return digits > at && segment.slice(digits, digits + 2).toLowerCase() === '3b'
}

/** Behind a percent sign that may itself be encoded, any number of times (`%`, `%25`, `%2525`). */
function afterPercent(segment: string, at: number): number {
  if (segment.charCodeAt(at) !== percent) return at
  let end = at + 1
  while (segment.startsWith('25', end)) end += 2
  return end
}
