/**
 * What one line of the access log says: the keys of the JSON form, in their order. Undefined is what does not apply: it is left out.
 */
export interface LogEntry {
  /** When the call or the copy began: ISO 8601, UTC, milliseconds. */
  time: string
  traceId: string | undefined
  requestId: string | undefined
  kind: 'call' | 'mirror'
  route: string | undefined
  action: string | undefined
  upstream: string | undefined
  endpoint: string | undefined
  method: string | undefined
  host: string | undefined
  /** Path and query. */
  path: string | undefined
  protocol: string | undefined
  status: number | undefined
  /** Response flags, comma separated. */
  flags: string | undefined
  bytesIn: number | undefined
  bytesOut: number | undefined
  /** Three decimals: microseconds. */
  durationMs: number | undefined
  attempts: number | undefined
  /** Address of the caller. */
  caller: string | undefined
  /** SPIFFE id of the caller, proved by mTLS. */
  identity: string | undefined
}

export function emptyEntry(): LogEntry {
  return {
    time: '',
    traceId: undefined,
    requestId: undefined,
    kind: 'call',
    route: undefined,
    action: undefined,
    upstream: undefined,
    endpoint: undefined,
    method: undefined,
    host: undefined,
    path: undefined,
    protocol: undefined,
    status: undefined,
    flags: undefined,
    bytesIn: undefined,
    bytesOut: undefined,
    durationMs: undefined,
    attempts: undefined,
    caller: undefined,
    identity: undefined,
  }
}
