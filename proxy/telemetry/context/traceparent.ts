/**
 * W3C trace context level 2, section 3.2: `version-traceid-parentid-flags`, lower-case hex.
 *
 * Version ff is invalid; version 00 has exactly these four parts; a later version is read by its first four, and what may
 * follow them must be set off by a dash, so that a longer part is never taken for a valid shorter one.
 */
import { hexDigit, isIdentifier } from './hex.ts'
import type { TraceContext } from './trace-context.ts'

const dash = 45
const length00 = 55

/** @returns null where the value breaks a rule; the caller then begins a new trace. */
export function readTraceparent(value: string, tracestate: string): TraceContext | null {
  const text = value.trim()
  if (!isFramed(text)) return null
  const version = (hexDigit(text.charCodeAt(0)) << 4) | hexDigit(text.charCodeAt(1))
  const flags = (hexDigit(text.charCodeAt(53)) << 4) | hexDigit(text.charCodeAt(54))
  if (version < 0 || version === 0xff || flags < 0) return null
  if (version === 0 && text.length !== length00) return null
  if (!isIdentifier(text, 3, 35) || !isIdentifier(text, 36, 52)) return null
  const sampled = (flags & 1) === 1
  return { traceId: text.slice(3, 35), parentId: text.slice(36, 52), sampled, debug: false, random: (flags & 2) === 2, tracestate }
}

function isFramed(text: string): boolean {
  if (text.length < length00 || (text.length > length00 && text.charCodeAt(length00) !== dash)) return false
  return text.charCodeAt(2) === dash && text.charCodeAt(35) === dash && text.charCodeAt(52) === dash
}

/** Written as version 00; flags that version does not know are not passed on (section 4.2.1). */
export function writeTraceparent(traceId: string, spanId: string, sampled: boolean, random: boolean): string {
  return `00-${traceId}-${spanId}-0${(sampled ? 1 : 0) | (random ? 2 : 0)}`
}
