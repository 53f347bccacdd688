/**
 * What both ends of an HTTP/2 connection of the sidecar say and allow.
 *
 * The windows and the frame size are those with which node:http2 is about three times as fast as with its defaults.
 * node:http2 enforces the field limits itself by resetting the stream, so what it is told is wider than what we accept:
 * the difference is answered with 431.
 */
import type { ServerOptions, ServerStreamResponseOptions, Settings } from 'node:http2'
import type { ServerLimits } from '../../http/server-connection.ts'

/** Calls at once on one connection, in either direction. */
export const maxStreams = 100

/** Flow-control window of a stream: the most that one paused body keeps in memory. Which of them counts says receive-window.ts. */
export const smallWindowBytes = 64 * 1024
export const largeWindowBytes = 1024 * 1024

/** Of a whole connection. What has arrived is credited at once, so it bounds no memory and never lets one stream hold up another. */
export const connectionWindowBytes = 1024 * 1024

const maxFrameSize = 64 * 1024

/** How far node:http2's own limits lie above those of the listener. */
const slack = 4

/** Frames that nghttp2 refuses on one connection before it is closed (node's default is 1000). */
const maxSessionInvalidFrames = 100

/** Fields of one answer, and their size as RFC 9113 counts it (32 bytes for each field on top). */
const maxResponseFields = 400
const maxResponseBytes = 64 * 1024

const common = { initialWindowSize: smallWindowBytes, maxFrameSize } satisfies Settings

export function serverOptions(limits: ServerLimits): ServerOptions {
  return {
    settings: { ...common, maxConcurrentStreams: maxStreams, maxHeaderListSize: limits.headBytes * slack },
    maxHeaderListPairs: limits.fields * slack,
    maxSessionInvalidFrames,
    strictSingleValueFields: false,
  }
}

export const clientOptions = {
  settings: { ...common, enablePush: false, maxHeaderListSize: maxResponseBytes },
  maxHeaderListPairs: maxResponseFields,
  strictSingleValueFields: false,
}

/** `sendDate` is node:http2's: a Date field is the origin's to write, not ours. */
interface HeadOptions extends ServerStreamResponseOptions {
  readonly sendDate: false
}

export const wholeHead: HeadOptions = { sendDate: false }
export const emptyHead: HeadOptions = { endStream: true, sendDate: false }
export const streamedHead: HeadOptions = { waitForTrailers: true, sendDate: false }
