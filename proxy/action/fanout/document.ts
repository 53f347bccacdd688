/**
 * The combined document: how each destination of a fan-out fared, as JSON.
 */
import type { ProxyError } from '../../error/proxy-error.ts'
import { embedBody } from './json-text.ts'
import type { BranchState } from './verdict.ts'

/** What the document shows of one destination. */
export interface ShownBranch {
  readonly name: string
  readonly state: BranchState
  readonly answer: { readonly status: number; readonly body: Buffer } | null
  readonly error: ProxyError | null
  readonly durationMs: number
}

/** A destination that still runs does not make a success partial; one that failed does. */
export function overallStatus(succeeded: boolean, branches: readonly ShownBranch[]): 'success' | 'partial' | 'failure' {
  if (!succeeded) return 'failure'
  return branches.some(({ state }) => state === 'failed') ? 'partial' : 'success'
}

/** @param compensated names that were undone; null where there was nothing to undo. @returns JSON text. */
export function combinedDocument(succeeded: boolean, branches: readonly ShownBranch[], compensated: readonly string[] | null): string {
  const results = branches.map((branch) => `${JSON.stringify(branch.name)}:${result(branch)}`).join(',')
  const undone = compensated === null ? '' : `,"compensated":${JSON.stringify(compensated)}`
  return `{"status":"${overallStatus(succeeded, branches)}","results":{${results}}${undone}}`
}

function result({ state, answer, error, durationMs }: ShownBranch): string {
  if (error !== null) return `{"status":${error.facts.status},"durationMs":${durationMs},"error":${JSON.stringify(reasonOf(error))}}`
  if (state === 'running' || answer === null) return '{"status":"pending"}'
  const { json, base64 } = embedBody(answer.body)
  return `{"status":${answer.status},"durationMs":${durationMs},"body":${json}${base64 ? ',"encoding":"base64"' : ''}}`
}

/** The response flag says it shortest; what has none is named by its code. */
function reasonOf({ facts, code, detail }: ProxyError): string {
  return `${facts.flag === '' ? code : facts.flag}: ${detail}`
}
