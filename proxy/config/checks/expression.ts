/**
 * JSONata expressions: whether they parse. The library is loaded by the first expression, so that a sidecar without any is spared it.
 */
import { jsonata } from '../../runtime/on-demand.ts'
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'

export function checkExpression(at: Cursor, findings: Findings): void {
  if (at.text === undefined || at.text === '') return
  const problem = expressionProblem(at.text)
  if (problem !== undefined) findings.error(at, problem)
}

function expressionProblem(text: string): string | undefined {
  try {
    jsonata()(text)
    return undefined
  } catch (error) {
    const { message, position } = error as { readonly message?: unknown; readonly position?: unknown }
    const place = typeof position === 'number' ? ` (character ${position} of the expression)` : ''
    return `expected a JSONata expression: ${typeof message === 'string' ? message : 'it cannot be parsed'}${place}`
  }
}
