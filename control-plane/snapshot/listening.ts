/**
 * Which listeners of one workload want the same port: a sidecar could not open both, and would refuse everything else with them.
 * Ports in the sidecar's own file are out of sight here.
 */
import { isIPv4 } from 'node:net'
import type { JsonObject } from '../../proxy/config/push/routing.ts'

/** The listeners that have been let in so far. */
export class OpenPorts {
  readonly #taken = new Map<number, { readonly name: string; readonly host: string }[]>()

  /** @returns the name of the listener that has the port already; undefined when this one has it from now on. */
  take(name: string, listener: JsonObject): string | undefined {
    const { host, port } = socketOf(listener)
    if (port === 0) return undefined
    const beside = this.#taken.get(port) ?? []
    const other = beside.find((one) => clash(one.host, host))
    if (other !== undefined) return other.name
    this.#taken.set(port, [...beside, { name, host }])
    return undefined
  }
}

/** Port 0 takes any free one. */
function socketOf({ address }: JsonObject): { readonly host: string; readonly port: number } {
  const text = typeof address === 'string' ? address : ':0'
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).toLowerCase(), port: Number(text.slice(colon + 1)) }
}

/** Those that take the port on every interface. */
const wildcards = new Set(['0.0.0.0', '[::]'])

function clash(a: string, b: string): boolean {
  return a === b || wildcards.has(a) || wildcards.has(b) || (a === 'localhost' && isLoopback(b)) || (b === 'localhost' && isLoopback(a))
}

function isLoopback(host: string): boolean {
  return host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}
