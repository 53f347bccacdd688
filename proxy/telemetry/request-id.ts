/**
 * The request id: the caller's `x-request-id` where it is fit to be logged and sent on, else a new UUID.
 */
import { randomUuid } from '../runtime/random.ts'
import type { ContextFields } from './context/trace-context.ts'

const longest = 128

export function requestIdOf(fields: ContextFields): string {
  const { requestId } = fields
  return requestId !== undefined && !fields.manyRequestIds && isFit(requestId) ? requestId : randomUuid()
}

/** Visible ASCII only, and not so long that it would fill the log. */
function isFit(id: string): boolean {
  if (id.length === 0 || id.length > longest) return false
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i)
    if (code < 0x21 || code > 0x7e) return false
  }
  return true
}
