/**
 * The two forms of a line: JSON for programs, text for people.
 *
 * Invariant: one entry is one line, whatever a caller puts into host or path (CWE-117, forged log lines).
 */
import type { LogEntry } from './entry.ts'

/** V8's serialiser of a flat object is as fast as a line put together by hand, and cannot be got wrong. */
export function jsonLine(entry: LogEntry): string {
  return `${JSON.stringify(entry)}\n`
}

/** What happened first, then `key=value` for the rest. */
export function textLine(entry: LogEntry): string {
  const { time, kind, method = '-', host = '-', path = '', status = '-', flags, durationMs } = entry
  let line = `${time} ${kind} ${plain(method)} ${plain(host + path)} ${status}`
  if (flags !== undefined) line += ` ${flags}`
  if (durationMs !== undefined) line += ` ${durationMs}ms`
  line += pair('route', entry.route) + pair('action', entry.action) + pair('upstream', entry.upstream) + pair('endpoint', entry.endpoint)
  line += pair('bytesIn', entry.bytesIn) + pair('bytesOut', entry.bytesOut) + pair('attempts', entry.attempts)
  line += pair('protocol', entry.protocol) + pair('caller', entry.caller) + pair('identity', entry.identity)
  return `${line}${pair('requestId', entry.requestId)}${pair('traceId', entry.traceId)}\n`
}

function pair(key: string, value: string | number | undefined): string {
  return value === undefined ? '' : ` ${key}=${typeof value === 'number' ? value : plain(value)}`
}

/** Quoted where it would break the line or run into its neighbours. */
function plain(value: string): string {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code <= 0x20 || code === 0x22 || code === 0x7f) return JSON.stringify(value)
  }
  return value
}
