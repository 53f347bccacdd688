/**
 * From a host name to addresses, with the time for which they hold.
 *
 * A name with a dot in it is asked of DNS directly, which alone tells the TTL. What DNS does not know (the hosts file, search domains
 * of Kubernetes) the operating system is asked for, as it is for names without a dot.
 * IPv4 is preferred and IPv6 used where there is nothing else (Envoy's V4_PREFERRED): the two are mostly the same machine,
 * and where a host has both, one may well not be reachable.
 */
import { dns } from '../../runtime/on-demand.ts'

export interface Resolved {
  /** At least one IP address. */
  readonly addresses: readonly string[]
  readonly ttlMs: number
}

/** Rejects where the name has no address. */
export type Resolve = (host: string) => Promise<Resolved>

/** The operating system tells no TTL. */
const lookupTtlMs = 5_000

/** Short and only once: the operating system's resolver stands behind it. */
const queryTimeoutMs = 500

/** @param servers `ip:port` of DNS servers; default: those of the operating system. */
export function createResolver(servers?: readonly string[]): Resolve {
  return async (host) => (host.includes('.') ? await query(host, servers) : null) ?? systemLookup(host)
}

/** A new resolver each time reads the operating system's list of servers anew. */
async function query(host: string, servers: readonly string[] | undefined): Promise<Resolved | null> {
  const resolver = new (dns().Resolver)({ timeout: queryTimeoutMs, tries: 1 })
  if (servers !== undefined) resolver.setServers(servers)
  const answers = await Promise.allSettled([resolver.resolve4(host, { ttl: true }), resolver.resolve6(host, { ttl: true })])
  for (const answer of answers) {
    if (answer.status === 'rejected' || answer.value.length === 0) continue
    const seconds = answer.value.reduce((least, record) => Math.min(least, record.ttl), Number.POSITIVE_INFINITY)
    return { addresses: answer.value.map((record) => record.address), ttlMs: seconds * 1_000 }
  }
  return null
}

async function systemLookup(host: string): Promise<Resolved> {
  const found = await dns().lookup(host, { all: true })
  const ipv4 = found.filter((entry) => entry.family === 4)
  return { addresses: (ipv4.length > 0 ? ipv4 : found).map((entry) => entry.address), ttlMs: lookupTtlMs }
}
