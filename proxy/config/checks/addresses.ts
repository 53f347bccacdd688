/**
 * Addresses that this sidecar listens on: no two may want the same port of the same interface, and the admin API stays private.
 */
import { isIPv4 } from 'node:net'
import type { Cursor } from '../cursor.ts'
import { quoted } from '../expectation.ts'
import type { Findings } from './findings.ts'

interface Bound {
  readonly what: string
  readonly at: Cursor
  readonly host: string
  readonly port: number
}

/** What listens where when the file does not say. */
const defaults = { admin: '127.0.0.1:15000', health: '0.0.0.0:15020', outbound: '127.0.0.1:15001' }

const wildcards = new Set(['0.0.0.0', '[::]'])

export function checkAddresses(document: Cursor, findings: Findings): void {
  const bound: Bound[] = []
  for (const [what, at, fallback] of listening(document)) {
    const one = bind(what, at, fallback)
    if (one === undefined) continue
    const taken = bound.find((other) => clash(one, other))
    if (taken !== undefined) report(one, taken, findings)
    bound.push(one)
    if (what === 'admin' && !isLoopback(one.host))
      findings.warn(at, 'the admin API can drain this sidecar and asks nobody who they are: keep it on 127.0.0.1')
  }
}

/** The same text is at most a port apart: the port range was checked by the schema. */
function bind(what: string, at: Cursor, fallback: string): Bound | undefined {
  const address = at.present ? at.text : fallback
  const colon = address?.lastIndexOf(':') ?? -1
  if (address === undefined || colon < 0) return undefined
  return { what, at, host: address.slice(0, colon).toLowerCase(), port: Number(address.slice(colon + 1)) }
}

function listening(document: Cursor): [string, Cursor, string][] {
  const listeners = document.at('listeners')
  const own: [string, Cursor, string][] = listeners.present
    ? listeners.items().map((listener) => [`listener ${listener.at('name').text ?? ''}`, listener.at('address'), ''])
    : [['listener outbound', listeners, defaults.outbound]]
  return [
    ['admin', document.at('admin').at('address'), defaults.admin],
    ['health', document.at('health').at('address'), defaults.health],
    ...own,
  ]
}

/** Port 0 takes any free one. A wildcard takes the port on every interface. */
function clash(a: Bound, b: Bound): boolean {
  if (a.port !== b.port || a.port === 0) return false
  return (
    a.host === b.host || wildcards.has(a.host) || wildcards.has(b.host) || (isLoopback(a.host) && isLoopback(b.host) && isLocalhost(a, b))
  )
}

function isLocalhost(a: Bound, b: Bound): boolean {
  return a.host === 'localhost' || b.host === 'localhost'
}

/** A default cannot be pointed at: the address that was written is. */
function report(later: Bound, earlier: Bound, findings: Findings): void {
  const [here, other] = later.at.present || !earlier.at.present ? [later, earlier] : [earlier, later]
  findings.error(here.at, `${other.what} listens on ${quoted(`${other.host}:${other.port}`)} already`)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}
