/**
 * When something came, on a machine whose cores are busy: this process may look at it long after.
 *
 * Invariant: `time` is never later than the moment in which what is handled now has come, and at most a tick before it where nothing stalls.
 */
const tickMs = 20

let tickedAt = Date.now()
let longestMs = 0
setInterval(() => {
  const now = Date.now()
  longestMs = Math.max(longestMs, now - tickedAt - tickMs)
  tickedAt = now
}, tickMs).unref()

/** For how long this process was held up at most: others on this machine were then, too. */
export function longestStallMs(): number {
  return longestMs
}

/** Epoch milliseconds: when this process was last seen to have nothing before it. */
export function arrivalTime(): number {
  return tickedAt
}
