/**
 * One connection to one endpoint, as the pool above it sees it, whatever protocol it speaks.
 */
import type { SecureContext } from 'node:tls'
import type { Dispatch } from '../http/dispatch.ts'
import type { Peer } from '../http/peer.ts'
import type { ProxyError } from '../error/proxy-error.ts'
import type { WorkloadIdentity } from '../identity/identity.ts'

/**
 * Interim answers (1xx) to one call; more are a breach of the protocol. They pass the back-pressure by, so an upstream
 * that sends them for ever would fill this process.
 */
export const maxInterimAnswers = 100

export interface Connection {
  /** `host:port` of the endpoint. */
  readonly endpoint: string
  /** Who the endpoint proved to be; undefined without mTLS of the mesh. */
  readonly peer?: Peer | undefined
  /** Calls in progress. */
  readonly active: number
  /** How many more calls it can take right now: HTTP/1.1 1 or 0, HTTP/2 what the peer allows, at most 100; 0 once it closes. */
  readonly free: number
  /** Only while `free > 0`. */
  readonly dispatch: Dispatch
  /** Takes no more calls and closes when those in progress have ended. */
  close(): void
  /** Closes at once; calls in progress fail with `reason`. */
  destroy(reason: ProxyError): void
}

/** What a connection tells its pool. */
export interface ConnectionOwner {
  /** `free` has grown: a call ended, or the peer raised its limit. */
  onAvailable(connection: Connection): void
  /** It will take no more calls (closed by either side, GOAWAY, broken). Called once. */
  onClosed(connection: Connection): void
}

/**
 * The `cause` of an error after which the same call may be sent again on another connection, because this one did not serve it:
 * a kept-alive connection that the peer closed before a byte of the answer came (`processed: 'unknown'`: idempotent calls only),
 * or a stream that the peer says it never looked at (GOAWAY, REFUSED_STREAM: `processed: 'no'`: any call whose body was not used up).
 */
export class Unserved extends Error {
  readonly processed: 'unknown' | 'no'

  constructor(processed: 'unknown' | 'no', message: string) {
    super(message)
    this.name = 'Unserved'
    this.processed = processed
  }
}

/** TLS to a server with a name: ready-made options of `tls.connect`. */
export interface ServerTls {
  readonly secureContext: SecureContext
  readonly serverName: string | undefined
}

/** mTLS between workloads. The identity is asked anew for each connection, so that a renewed certificate counts from then on. */
export interface MeshTls {
  readonly identity: WorkloadIdentity
  /** SPIFFE id that the peer must have; its host name does not matter. */
  readonly peerId: string
}

export interface ConnectOptions {
  readonly upstream: string
  readonly host: string
  readonly port: number
  /** `auto` is decided by ALPN and needs TLS. Without TLS, http2 is by prior knowledge. */
  readonly protocol: 'http1' | 'http2' | 'auto'
  /** null for plain TCP. */
  readonly tls: ServerTls | MeshTls | null
  /** For name look-up, TCP and TLS together; 0 for no limit. */
  readonly connectTimeoutMs: number
}

/**
 * Opens a connection. Exactly one of the callbacks is called, later, never from within.
 * @returns cancels the attempt; no callback is called afterwards.
 */
export type Connect = (
  options: ConnectOptions,
  owner: ConnectionOwner,
  opened: (connection: Connection) => void,
  failed: (error: ProxyError) => void,
) => () => void
