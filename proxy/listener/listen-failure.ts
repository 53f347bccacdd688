/**
 * Why a port could not be had, and what to do about it, in one sentence for whoever starts the sidecar.
 */
import { nodeErrorCode } from '../error/node-error.ts'

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has this port; stop it (`ss -ltnp` shows which it is) or choose another address',
  EACCES: 'this user may not take the port; choose one above 1023 or grant CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'this machine has no such address; use one of its own, 127.0.0.1 or 0.0.0.0',
  ENOTFOUND: 'the host name has no address; write an IP address',
}

export function listenFailure(name: string, address: string, cause: Error): Error {
  const remedy = remedies[nodeErrorCode(cause)] ?? cause.message
  return new Error(`Listener ${name} cannot listen on ${address}: ${remedy}.`, { cause })
}
