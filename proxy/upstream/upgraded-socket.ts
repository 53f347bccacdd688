/**
 * How many bytes an upgraded socket has moved, both directions together.
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Sockets count for themselves, so nothing stands between the bytes and whoever pipes them.
 * @returns reads the count; it stands still for a stream that is no socket.
 */
export function byteCounter(stream: Duplex): () => number {
  return () => (stream instanceof Socket ? stream.bytesRead + stream.bytesWritten : 0)
}
