/**
 * Undoing a fan-out: every destination that did its part and can be compensated is compensated, all at once.
 */
import type { Call } from '../call.ts'
import type { Branch } from './branch.ts'
import { Compensation, type CompensationDeps } from './compensation.ts'
import { embedBody } from './json-text.ts'

/**
 * @param request the caller's body.
 * @param done told the names that were undone at the first attempt, when each had one; null where there was nothing to undo.
 *   Called once, from within where there was nothing.
 */
export function undo(
  call: Call,
  branches: readonly Branch[],
  request: Buffer | null,
  deps: CompensationDeps,
  done: (compensated: string[] | null) => void,
): void {
  const due = branches.flatMap((branch) => {
    const { compensating } = branch.target
    return branch.effective && compensating !== null ? [{ branch, compensating }] : []
  })
  if (due.length === 0) return done(null)
  const compensated = new Set<string>()
  let awaited = due.length
  const asJson = jsonOf(request)
  for (const { branch, compensating } of due) {
    const deed = { name: branch.name, sent: branch.sent, request: asJson, response: jsonOf(branch.answer?.body ?? null) }
    new Compensation(call, compensating, deed, deps).start((succeeded) => {
      if (succeeded) compensated.add(branch.name)
      if (--awaited === 0) done(due.map((each) => each.branch.name).filter((name) => compensated.has(name)))
    })
  }
}

function jsonOf(body: Buffer | null): string {
  return body === null ? 'null' : embedBody(body).json
}
