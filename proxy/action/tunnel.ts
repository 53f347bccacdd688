/**
 * A tunnel: after an upgrade, bytes pass both ways untouched until either side is done.
 *
 * Invariant: both sockets are closed when the tunnel ends, and `ended` is called once.
 */
import { type Duplex, finished } from 'node:stream'

/** @param ended flags `DC` when the caller's side broke, `UR` when the upstream's did, empty for a regular end. */
export function joinTunnel(caller: Duplex, upstream: Duplex, ended: (flags: string) => void): void {
  let open = 2
  let flags = ''
  const close = (side: Duplex, other: Duplex, flag: string) => {
    finished(side, (error) => {
      if (error && open === 2) flags = flag
      open -= 1
      if (open === 0) return ended(flags)
      if (error) other.destroy()
    })
  }
  close(caller, upstream, 'DC')
  close(upstream, caller, 'UR')
  caller.pipe(upstream)
  upstream.pipe(caller)
}
