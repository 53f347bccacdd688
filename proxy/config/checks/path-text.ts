/**
 * Paths in the configuration: they stand there in the one spelling that calls are brought to before they are matched.
 * In any other they would never match, or would be sent as something that an upstream reads differently.
 */
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'

/** @param query whether the path may bring a query with it. */
export function checkPath(at: Cursor, query: 'with query' | 'without query', findings: Findings): void {
  const text = at.text
  if (text === undefined) return
  const mark = text.indexOf('?')
  if (mark >= 0 && query === 'without query')
    return findings.error(at, 'found a query, expected a path alone; `match.query` matches parameters')
  const problem = pathProblem(mark < 0 ? text : text.slice(0, mark)) ?? targetProblem(text)
  if (problem !== undefined) findings.error(at, problem)
}

const unreserved = /^[A-Za-z0-9._~-]$/

function pathProblem(path: string): string | undefined {
  if (path.includes('//')) return 'found an empty segment (`//`), expected single slashes'
  const segments = path.split('/').map((segment) => segment.split(';', 1)[0]?.replaceAll(/%(?:25)*2e/gi, '.'))
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'found a dot segment, expected the path that it leads to'
  for (const [escape, digits = ''] of path.matchAll(/%(.{0,2})/gs)) {
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return 'found `%` without two hexadecimal digits, expected `%25` for the sign itself'
    const character = String.fromCharCode(Number.parseInt(digits, 16))
    if (unreserved.test(character)) return `found \`${escape}\`, expected it unencoded: \`${character}\``
    if (escape !== escape.toUpperCase()) return `found \`${escape}\`, expected capital digits: \`${escape.toUpperCase()}\``
    if (character < ' ' || character === '\\' || character === '\u007f')
      return `found \`${escape}\`: such paths are refused before they are matched`
  }
  return undefined
}

function targetProblem(target: string): string | undefined {
  for (const character of target) {
    if (character === '\\' || character === '#') return `found \`${character}\`, which no path may contain`
    if (character <= ' ' || character > '~') return 'found a space, a control character or one beyond ASCII, expected it percent-encoded'
  }
  return undefined
}
