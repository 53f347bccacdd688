/**
 * One address of an upstream.
 */
import { isIP } from 'node:net'

export interface HostAndPort {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** @param address `host:port`, IPv6 in brackets, as the schema has checked it. */
export function parseAddress(address: string): HostAndPort {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon)
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(address.slice(colon + 1)) }
}

export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export class Endpoint {
  readonly host: string
  readonly port: number
  /** `host:port`, IPv6 in brackets. */
  readonly address: string
  /** The name that its certificate is expected for; undefined where only its IP address is known. */
  readonly serverName: string | undefined
  readonly weight: number
  /** Calls that were given to it and have not ended, waiting ones included. */
  active = 0
  /** It is in use no more: what it has begun may end, nothing new is kept. */
  retired = false

  /** @param name the name that `host` was resolved from, where it was. */
  constructor(host: string, port: number, weight = 1, name = host) {
    this.host = host
    this.port = port
    this.address = formatAddress(host, port)
    this.weight = weight
    this.serverName = isIP(name) === 0 ? name : undefined
  }
}
