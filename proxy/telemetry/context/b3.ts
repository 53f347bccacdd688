/**
 * B3 (openzipkin/b3-propagation): the single `b3` field and the `x-b3-*` fields.
 *
 * Trace ids of 64 bits are filled up with zeros on the left, as W3C and OpenTelemetry do. Upper-case digits are accepted
 * and written back in lower case. A bare decision (`b3: 0`) is a context without identifiers: a new trace begins under it.
 */
import { isIdentifier } from './hex.ts'
import type { TraceContext } from './trace-context.ts'

const zeros = '0000000000000000'

function contextOf(traceId: string, parentId: string, sampled: boolean | undefined, debug: boolean): TraceContext {
  return { traceId: traceId.length === 16 ? zeros + traceId : traceId, parentId, sampled, debug, random: false, tracestate: '' }
}

function isTraceId(text: string): boolean {
  return (text.length === 32 || text.length === 16) && isIdentifier(text, 0, text.length)
}

function isSpanId(text: string): boolean {
  return text.length === 16 && isIdentifier(text, 0, 16)
}

/** `traceid-spanid`, `traceid-spanid-decision`, `traceid-spanid-decision-parentspanid`, or the decision alone. */
export function readB3Single(value: string): TraceContext | null {
  const parts = value.trim().toLowerCase().split('-', 5)
  const [first = '', spanId = '', state, grandparent] = parts
  if (parts.length === 1) return isDecision(first) ? contextOf('', '', first !== '0', first === 'd') : null
  if (parts.length > 4 || !isTraceId(first) || !isSpanId(spanId)) return null
  if (state !== undefined && !isDecision(state)) return null
  if (grandparent !== undefined && !isSpanId(grandparent)) return null
  return contextOf(first, spanId, state === undefined ? undefined : state !== '0', state === 'd')
}

function isDecision(text: string): boolean {
  return text === '0' || text === '1' || text === 'd'
}

/** The four fields as they came; identifiers that are no valid pair are no context, but a decision still counts. */
export function readB3Fields(
  traceId: string | undefined,
  spanId: string | undefined,
  sampled: string | undefined,
  flags: string | undefined,
): TraceContext | null {
  const debug = flags?.trim() === '1'
  const decision = debug ? true : decisionOf(sampled)
  if (traceId !== undefined && spanId !== undefined) {
    const trace = traceId.trim().toLowerCase()
    const span = spanId.trim().toLowerCase()
    return isTraceId(trace) && isSpanId(span) ? contextOf(trace, span, decision, debug) : null
  }
  return decision === undefined ? null : contextOf('', '', decision, debug)
}

/** `true` and `false` are what older libraries send. */
function decisionOf(sampled: string | undefined): boolean | undefined {
  const text = sampled?.trim().toLowerCase()
  if (text === '1' || text === 'true') return true
  return text === '0' || text === 'false' ? false : undefined
}
