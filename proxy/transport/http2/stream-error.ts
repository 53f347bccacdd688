/**
 * RST_STREAM and GOAWAY codes (RFC 9113 section 7) into `ProxyError`s and back.
 */
import { fromNodeError, nodeErrorCode } from '../../error/node-error.ts'
import { ProxyError } from '../../error/proxy-error.ts'
import { Unserved } from '../connection.ts'
import { errorCode, errorCodeName } from './error-code.ts'

const protocolCodes = new Set<number>([
  errorCode.protocolError,
  errorCode.flowControlError,
  errorCode.streamClosed,
  errorCode.frameSizeError,
  errorCode.compressionError,
])

/** What went wrong with one stream, as seen when it closed. */
export interface StreamEnd {
  readonly upstream: string
  readonly endpoint: string
  /** Of the stream; 0 where nobody reset it. */
  readonly rstCode: number
  /** The session is over as well. */
  readonly sessionOver: boolean
  /** The peer's GOAWAY named a lower stream as the last that it looked at. */
  readonly beyondGoaway: boolean
  /** What node:http2 gave as the reason, if anything. */
  readonly error: Error | null
  /** The connection had served before and nothing of this answer had come. */
  readonly keptAlive: boolean
}

function unserved(end: StreamEnd, why: string): ProxyError {
  const { upstream, endpoint } = end
  const detail = `${endpoint} of upstream ${upstream} did not take the call: ${why}`
  return new ProxyError('upstream_reset', { upstream, detail, cause: new Unserved('no', why) })
}

function closed(end: StreamEnd): ProxyError {
  const { upstream, endpoint } = end
  const detail = `${endpoint} of upstream ${upstream} closed the connection before its answer was complete`
  const cause = end.keptAlive ? new Unserved('unknown', 'kept-alive connection closed') : end.error
  return new ProxyError('upstream_closed', { upstream, detail, cause })
}

function reset(end: StreamEnd): ProxyError {
  const { upstream, endpoint, rstCode } = end
  const detail = `${endpoint} of upstream ${upstream}: stream ended with ${errorCodeName(rstCode)}`
  return new ProxyError(protocolCodes.has(rstCode) ? 'upstream_protocol' : 'upstream_reset', { upstream, detail, cause: end.error })
}

/** True for what nghttp2 itself finds wrong with the frames of the peer. */
export function isFramingError(error: unknown): boolean {
  const code = nodeErrorCode(error)
  return code.startsWith('ERR_HTTP2_') && code !== 'ERR_HTTP2_SESSION_ERROR' && code !== 'ERR_HTTP2_STREAM_ERROR'
}

function broken(end: StreamEnd, error: Error): ProxyError {
  const { upstream, endpoint } = end
  const detail = `${endpoint} of upstream ${upstream} does not speak HTTP/2 as it should: ${error.message}`
  return new ProxyError('upstream_protocol', { upstream, detail, cause: error })
}

function lost(end: StreamEnd): ProxyError {
  const { upstream, endpoint, error } = end
  if (error === null) return closed(end)
  const known = fromNodeError(error, 'exchange', upstream, endpoint)
  if (!end.keptAlive) return known
  return new ProxyError(known.code, { upstream, detail: known.detail, cause: new Unserved('unknown', 'kept-alive connection lost') })
}

/** @returns why a stream of ours ended without a complete answer. */
export function streamFailure(end: StreamEnd): ProxyError {
  const { error } = end
  if (end.beyondGoaway) return unserved(end, 'the connection is going away')
  if (end.rstCode === errorCode.refusedStream) return unserved(end, 'stream refused')
  if (error !== null && isFramingError(error)) return broken(end, error)
  const code = nodeErrorCode(error)
  if (code === 'ERR_HTTP2_STREAM_ERROR' || code === 'ERR_HTTP2_SESSION_ERROR') return reset(end)
  return end.sessionOver || error !== null ? lost(end) : reset(end)
}

/** @returns the code with which a reply is cut off: what the caller wanted no more, or what we could not give. */
export function abortCode(error: ProxyError): number {
  const unwanted = error.code === 'caller_gone' || error.code === 'deadline'
  return unwanted ? errorCode.cancel : errorCode.internalError
}
