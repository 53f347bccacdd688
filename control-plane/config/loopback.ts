/**
 * Whether an address can be reached from this machine alone.
 */
import { splitAddress } from '../../proxy/http/json-server.ts'

/** @param address `host:port`; IPv6 in brackets. */
export function isLoopback(address: string): boolean {
  const { host } = splitAddress(address)
  return isLoopbackHost(host)
}

/** @param host without brackets. Names other than `localhost` can be made to mean anything, and are not. */
export function isLoopbackHost(host: string): boolean {
  const lower = host.toLowerCase()
  return lower === 'localhost' || lower === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(lower)
}
