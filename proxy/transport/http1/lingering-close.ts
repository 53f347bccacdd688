/**
 * Closing in an orderly way (RFC 9112 section 9.6): our side first, then reading on for a while and throwing away what comes.
 * Closing with bytes unread would send a reset, which overtakes the last answer and takes it from the caller.
 */
import type { Socket } from 'node:net'
import type { Clock } from '../../runtime/clock.ts'

const lingerMs = 2_000
/** So that who uploads a few MiB to an upstream that fails reads why, and not that the connection was reset. */
const lingerBytes = 16 * 1024 * 1024

/** Takes over the socket: nobody else reads it any more. All that is to be sent was written. */
export function closeLingering(socket: Socket, clock: Clock): void {
  let dropped = 0
  const timer = clock.after(lingerMs, () => socket.destroy())
  socket.once('close', () => timer.cancel())
  socket.on('data', (chunk) => {
    dropped += chunk.length
    if (dropped > lingerBytes) socket.destroy()
  })
  socket.resume()
  socket.end()
}
