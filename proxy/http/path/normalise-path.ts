/**
 * One spelling for each path, so that what is matched is what is sent, and no two servers behind us read it differently.
 *
 * In Envoy's order: bytes are brought to their canonical form, `.` and `..` are resolved (above the root there is the root,
 * RFC 3986 section 5.2.4), and repeated slashes are merged. Invariant: the result normalises to itself.
 * A path that could mean two things is refused, not repaired.
 */
import { segmentKind } from './dot-segment.ts'
import { canonicalBytes } from './path-bytes.ts'
import { hiddenDots, notAbsolute, PathProblem, queryControl, queryFragment } from './path-problem.ts'

const slash = 0x2f

/** 1 for the bytes that need no second look, wherever they stand. */
const clean = new Uint8Array(128)
for (let byte = 0x21; byte < 0x7f; byte++) clean[byte] = 1
for (const special of Buffer.from('/%\\#')) clean[special] = 0

/**
 * @param path without the query, one character a byte (latin1). `*` (RFC 9112 section 3.2.4) is itself.
 * @returns the very same string where nothing has to change.
 */
export function normalisePath(path: string): string | PathProblem {
  if (isClean(path)) return path
  if (path === '*') return path
  if (path.charCodeAt(0) !== slash) return notAbsolute
  const canonical = canonicalBytes(path)
  return canonical instanceof PathProblem ? canonical : resolveSegments(canonical)
}

/** The query is sent on as it came; only what would break the request line or end the target early is refused. */
export function queryProblem(query: string): PathProblem | undefined {
  for (let i = 0; i < query.length; i++) {
    const code = query.charCodeAt(i)
    if (code <= 0x20 || code === 0x7f) return queryControl
    if (code === 0x23) return queryFragment
  }
  return undefined
}

/** One scan, without allocation: begins with a slash, no slash before a slash or a dot, nothing that would have to be decoded or refused. */
function isClean(path: string): boolean {
  if (path.charCodeAt(0) !== slash) return false
  let afterSlash = true
  for (let i = 1; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (clean[code] === 1) {
      if (afterSlash && code === 0x2e) return false
      afterSlash = false
    } else {
      if (code !== slash || afterSlash) return false
      afterSlash = true
    }
  }
  return true
}

function resolveSegments(path: string): string | PathProblem {
  const segments = path.split('/')
  const kept: string[] = []
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i] as string
    const kind = segmentKind(segment)
    if (kind === 'hidden') return hiddenDots
    if (kind === 'dotdot') kept.pop()
    if (kind === 'plain') kept.push(segment)
    else if (i === segments.length - 1) kept.push('')
  }
  return `/${kept.filter((segment, place) => segment !== '' || place === kept.length - 1).join('/')}`
}
