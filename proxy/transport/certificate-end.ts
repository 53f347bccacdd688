/**
 * The end of an mTLS connection that would outlive the certificates it was opened with: kept alive by traffic, it would go on
 * in the name of a certificate that is no longer valid.
 *
 * Invariant: it ends in an orderly way, and the caller's side goes first, so that no call is on its way to a connection that closes.
 */
import type { Socket } from 'node:net'
import type { Clock } from '../runtime/clock.ts'

/** What the caller's side leaves unused of the time that was left, so that calls in progress end in time. */
const callerShare = 0.1
const longestMarginMs = 10_000

/** @param validUntil epoch milliseconds. @param end called at most once, and not after the socket has closed. */
export function endCallerSide(clock: Clock, socket: Socket, validUntil: number, end: () => void): void {
  const leftMs = validUntil - clock.wall()
  schedule(clock, socket, leftMs - Math.min(longestMarginMs, leftMs * callerShare), end)
}

/** As `endCallerSide`, for who is called: it has waited until the certificates' end. */
export function endCalledSide(clock: Clock, socket: Socket, validUntil: number, end: () => void): void {
  schedule(clock, socket, validUntil - clock.wall(), end)
}

function schedule(clock: Clock, socket: Socket, delayMs: number, end: () => void): void {
  const timer = clock.after(delayMs, end)
  socket.once('close', () => timer.cancel())
}
