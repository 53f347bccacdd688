/**
 * Paths in the configuration: they stand there in the one spelling that calls are brought to before they are matched.
 * In any other they would never match, or would be sent as something that an upstream reads differently.
 */
import { normalisePath, queryProblem } from '../../http/path/normalise-path.ts'
import { PathProblem } from '../../http/path/path-problem.ts'
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'

/** @param query whether the path may bring a query with it. */
export function checkPath(at: Cursor, query: 'with query' | 'without query', findings: Findings): void {
  const text = at.text
  if (text === undefined) return
  const mark = text.indexOf('?')
  if (mark >= 0 && query === 'without query')
    return findings.error(at, 'found a query, expected a path alone; `match.query` matches parameters')
  const problem = mark < 0 ? pathProblem(text) : (pathProblem(text.slice(0, mark)) ?? queryProblem(text.slice(mark + 1))?.reason)
  if (problem !== undefined) findings.error(at, problem)
}

/** Calls have their paths as bytes, one a character; a configured path is brought to that first. */
function pathProblem(path: string): string | undefined {
  const normalised = normalisePath(Buffer.from(path).toString('latin1'))
  if (normalised instanceof PathProblem) return normalised.reason
  return normalised === path ? undefined : `found \`${path}\`, expected it as calls are matched and sent: \`${normalised}\``
}
