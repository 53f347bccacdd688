/**
 * The fields that carry a call's identity (trace context and request id), told apart by one look at the length of a name.
 * Both directions need it: reading what the caller sent, and taking that out again before our own goes in.
 */
import { sameName } from '../../http/headers.ts'

export type ContextField =
  | 'none'
  | 'traceparent'
  | 'tracestate'
  | 'b3'
  | 'x-b3-traceid'
  | 'x-b3-spanid'
  | 'x-b3-sampled'
  | 'x-b3-flags'
  | 'x-b3-parentspanid'
  | 'x-request-id'

/** Names by their length; no name of another length carries context. */
const byLength: readonly (readonly ContextField[] | undefined)[] = lengthTable([
  'b3',
  'tracestate',
  'x-b3-flags',
  'traceparent',
  'x-b3-spanid',
  'x-request-id',
  'x-b3-traceid',
  'x-b3-sampled',
  'x-b3-parentspanid',
])

function lengthTable(names: readonly ContextField[]): ContextField[][] {
  const table: ContextField[][] = []
  for (const name of names) (table[name.length] ??= []).push(name)
  return table
}

export function contextField(name: string): ContextField {
  const candidates = byLength[name.length]
  if (candidates === undefined) return 'none'
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i] as ContextField
    if (sameName(name, candidate)) return candidate
  }
  return 'none'
}
