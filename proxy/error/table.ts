/**
 * The one table of what can go wrong with a call: code -> status, response flag, gRPC status, title.
 * Flags are Envoy's (`%RESPONSE_FLAGS%`); gRPC statuses follow Envoy's HTTP-to-gRPC mapping,
 * but for a passed deadline, which gRPC has a status of its own for.
 */
export interface ErrorFacts {
  readonly status: number
  /** Envoy's response flag; empty where Envoy has none. */
  readonly flag: string
  readonly grpcStatus: number
  readonly title: string
  /** The caller's connection cannot be trusted to be in step any more. */
  readonly closesConnection?: true
}

const invalid = 3
const deadlineExceeded = 4
const permissionDenied = 7
const unimplemented = 12
const internal = 13
const unavailable = 14

export const errorTable = {
  no_route: { status: 404, flag: 'NR', grpcStatus: unimplemented, title: 'No route matches this call' },
  no_healthy_endpoint: { status: 503, flag: 'UH', grpcStatus: unavailable, title: 'No healthy endpoint' },
  connect_failed: { status: 503, flag: 'UF', grpcStatus: unavailable, title: 'Connection to the upstream failed' },
  overflow: { status: 503, flag: 'UO', grpcStatus: unavailable, title: 'Bulkhead full' },
  upstream_closed: { status: 502, flag: 'UC', grpcStatus: unavailable, title: 'The upstream closed the connection' },
  upstream_reset: { status: 502, flag: 'UR', grpcStatus: unavailable, title: 'The upstream reset the call' },
  upstream_protocol: { status: 502, flag: 'UPE', grpcStatus: internal, title: 'The upstream broke the protocol' },
  deadline: { status: 504, flag: 'UT', grpcStatus: deadlineExceeded, title: 'Deadline passed' },
  bad_request: { status: 400, flag: 'DPE', grpcStatus: internal, title: 'Malformed request', closesConnection: true },
  bad_path: { status: 400, flag: 'DPE', grpcStatus: internal, title: 'Ambiguous path' },
  header_too_large: { status: 431, flag: 'DPE', grpcStatus: internal, title: 'Header too large', closesConnection: true },
  head_timeout: {
    status: 408,
    flag: 'DPE',
    grpcStatus: deadlineExceeded,
    title: 'Request head not received in time',
    closesConnection: true,
  },
  caller_gone: { status: 499, flag: 'DC', grpcStatus: 1, title: 'The caller went away' },
  bad_body: { status: 400, flag: '', grpcStatus: invalid, title: 'Body cannot be used' },
  bad_answer: { status: 502, flag: '', grpcStatus: internal, title: 'Answer cannot be used' },
  body_too_large: { status: 413, flag: '', grpcStatus: 8, title: 'Body too large', closesConnection: true },
  forbidden: { status: 403, flag: 'RBAC', grpcStatus: permissionDenied, title: 'The caller may not make this call' },
  connect_refused: { status: 403, flag: '', grpcStatus: permissionDenied, title: 'No tunnel to this host is allowed' },
  not_allowed: { status: 405, flag: '', grpcStatus: unimplemented, title: 'Method not allowed' },
  upgrade_unsupported: { status: 501, flag: '', grpcStatus: unimplemented, title: 'Upgrade not possible' },
  draining: { status: 503, flag: '', grpcStatus: unavailable, title: 'Draining' },
  expression: { status: 502, flag: '', grpcStatus: internal, title: 'Expression failed' },
  internal: { status: 500, flag: '', grpcStatus: internal, title: 'Internal error' },
} as const satisfies Record<string, ErrorFacts>

export type ErrorCode = keyof typeof errorTable
