/**
 * One call as a listener hands it on, whatever protocol it came in by, and the way back to the caller.
 *
 * Fields that belong to one connection only (RFC 9110 section 7.6.1: Connection, what Connection names, Keep-Alive,
 * Proxy-Connection, TE but for `trailers`, Transfer-Encoding, Upgrade) are gone from `headers` and may not be put into replies.
 * `Host` and `Content-Length` stay in the list to mark their place and case; their truth is in `authority` and in `body`.
 */
import type { Duplex } from 'node:stream'
import type { ProxyError } from '../error/proxy-error.ts'
import type { BodySource } from './body.ts'
import type { HeaderList } from './headers.ts'
import type { Peer } from './peer.ts'

export type Protocol = 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2'

export interface ListenerFacts {
  readonly name: string
  /** The host that this port is pinned to; routes are matched by it in place of the caller's Host. */
  readonly host: string | undefined
  /** True: paths that two servers would read differently are sent on untouched. */
  readonly lenientPaths: boolean
}

export interface Exchange {
  readonly listener: ListenerFacts
  readonly protocol: Protocol
  readonly scheme: 'http' | 'https'
  readonly method: string
  /** Host with optional port, as the caller named it. */
  readonly authority: string
  /** Path and query as received, origin form; `*` for `OPTIONS *`. */
  readonly path: string
  readonly headers: HeaderList
  /** null where the message has no body (which is not the same as an empty one: that is a source of length 0). */
  readonly body: BodySource | null
  /** The caller waits for 100 before it sends the body. Forwarding the `Expect` field and the upstream's 100 is enough; who reads the body here must call `reply.inform(100)`. */
  readonly expectsContinue: boolean
  /** The protocol in `Upgrade` where the caller asks for one (HTTP/1.1 only). A CONNECT asks for a tunnel by its method. */
  readonly upgrade: string | undefined
  /** Address of the caller's socket without the port. */
  readonly callerAddress: string
  /** Who calls, proved by mTLS; null on listeners without it and for plain text. */
  readonly peer: Peer | null
  /** Body bytes received so far. */
  readonly bytesIn: number
  readonly reply: Reply
  /** Called at most once, when the caller goes away before its reply has ended. Set by whoever answers. */
  onCallerGone: (() => void) | null
}

/** A caller's connection after the switch. */
export interface Upgraded {
  /** Paused. The caller may have closed its side already. */
  readonly stream: Duplex
  /** What the caller sent before the switch, and is to be passed on first; null for nothing. */
  readonly early: Buffer | null
}

/**
 * The reply sink. Order: `inform` any number of times, then `start`, `write`..., `end`; or `upgrade` in place of start; or `abort` at any time.
 * Framing is its own business: a body of the length that Content-Length in `headers` says, chunked where there is none.
 * Replies to HEAD, 204 and 304 have no body: `write` is then not called. After the caller has gone every method is harmless.
 */
export interface Reply {
  readonly started: boolean
  /** `end` or `abort` was called, or the caller is gone. */
  readonly closed: boolean
  /** Body bytes written so far. */
  readonly bytesOut: number
  /** An interim answer (100, 103); dropped for HTTP/1.0 callers. */
  inform(status: number, headers: HeaderList): void
  start(status: number, headers: HeaderList, statusText?: string): void
  /** @returns false when the caller is slower than us: stop until `onDrain`. */
  write(chunk: Buffer): boolean
  end(trailers?: HeaderList | null): void
  /** Cuts the reply off so that the caller notices (connection closed, stream reset). Before `start` it is as good as hanging up. */
  abort(error: ProxyError): void
  /** Switches protocols (101, or 200 to a CONNECT) and hands the caller's connection over. */
  upgrade(status: number, headers: HeaderList, statusText?: string): Upgraded
  onDrain: (() => void) | null
}
