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
  const taken = new TakenAddresses(findings)
  const listeners = document.at('listeners')
  const admin = document.at('admin').at('address')
  taken.add('admin', admin, defaults.admin)
  taken.add('health', document.at('health').at('address'), defaults.health)
  for (const listener of listeners.items()) taken.addListener(listener)
  if (!listeners.present) taken.add('listener outbound', listeners, defaults.outbound)
  const host = admin.text?.slice(0, admin.text.lastIndexOf(':')).toLowerCase()
  if (host !== undefined && host !== '' && !isLoopback(host))
    findings.warn(admin, 'the admin API can drain this sidecar and asks nobody who they are: keep it on 127.0.0.1')
}

/** One after the other, the addresses that are wanted. */
export class TakenAddresses {
  readonly #findings: Findings
  readonly #byPort = new Map<number, Bound[]>()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  addListener(listener: Cursor): void {
    this.add(`listener ${listener.at('name').text ?? ''}`, listener.at('address'), '')
  }

  /** @param fallback where nothing was written. */
  add(what: string, at: Cursor, fallback: string): void {
    const one = bind(what, at, fallback)
    if (one === undefined) return
    const others = this.#byPort.get(one.port) ?? []
    const taken = others.find((other) => clash(one, other))
    if (taken !== undefined) report(one, taken, this.#findings)
    this.#byPort.set(one.port, [...others, one])
  }
}

/** The same text is at most a port apart: the port range was checked by the schema. Port 0 takes any free one. */
function bind(what: string, at: Cursor, fallback: string): Bound | undefined {
  const address = at.present ? at.text : fallback
  const colon = address?.lastIndexOf(':') ?? -1
  if (address === undefined || colon < 0) return undefined
  const port = Number(address.slice(colon + 1))
  return port === 0 ? undefined : { what, at, host: address.slice(0, colon).toLowerCase(), port }
}

/** Of two on the same port. A wildcard takes the port on every interface. */
function clash(a: Bound, b: Bound): boolean {
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
