/**
 * `x-forwarded-client-cert` (Envoy's `sanitize_set`): the app learns who called, and only from its own sidecar.
 *
 * Invariant: what a caller sent under this name never gets past a listener, nor under a name that CGI-like servers take for the same.
 */
import { createHash } from 'node:crypto'
import type { HeaderList } from '../http/headers.ts'
import type { Peer } from '../http/peer.ts'

export const forwardedClientCertHeader = 'x-forwarded-client-cert'

const hyphen = 45
const underscore = 95

/** WSGI, CGI and PHP make one variable of `X_Forwarded_Client_Cert` and the real name (CWE-444). */
function isForwardedClientCert(name: string): boolean {
  if (name.length !== forwardedClientCertHeader.length) return false
  for (let i = 0; i < name.length; i++) {
    let code = name.charCodeAt(i)
    if (code >= 65 && code <= 90) code += 32
    if (code === underscore) code = hyphen
    if (code !== forwardedClientCertHeader.charCodeAt(i)) return false
  }
  return true
}

/** Removes every field of that name, in place. */
export function removeForwardedClientCert(headers: HeaderList): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (isForwardedClientCert(headers[i] as string)) headers.splice(i, 2)
  }
}

/** A certificate is hashed once for each connection that presented it, not once for each call. */
const elements = new WeakMap<Peer, string>()

/** Adds the field; those that the caller sent are gone. */
export function addForwardedClientCert(headers: HeaderList, peer: Peer): void {
  let element = elements.get(peer)
  if (element === undefined) elements.set(peer, (element = elementOf(peer)))
  headers.push(forwardedClientCertHeader, element)
}

function elementOf({ id, certificate, localId }: Peer): string {
  const hash = createHash('sha256').update(certificate).digest('hex')
  // Joined text is a tree to V8, and every call checks each of its characters: copied, it is one piece.
  return Buffer.from(`By=${localId};Hash=${hash};URI=${id}`, 'latin1').toString('latin1')
}
