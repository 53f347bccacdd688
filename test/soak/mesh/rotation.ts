/**
 * Certificates that live for a minute, or less, under load: no call fails, and none is used after its end.
 */
import { setInterval } from 'node:timers/promises'
import { Operator } from './operator.ts'
import { MeshSite } from './site.ts'
import { certificatesUsedTooLong, type MeshVerdict, trafficFacts, unblemished } from './verdict.ts'

export interface RotationOptions {
  /** Of a certificate, as the configuration writes it. */
  readonly ttl: string
  readonly callsPerSecond: number
  readonly seed: number
  /** Ends it. @param certificates of callers, that the called have seen so far. */
  readonly enough: (certificates: number) => boolean
}

const lookEveryMs = 500

export async function rotation({ ttl, callsPerSecond, seed, enough }: RotationOptions): Promise<MeshVerdict> {
  const site = await MeshSite.start({ authority: `{ ttl: ${ttl} }`, callsPerSecond, seed })
  try {
    const over = new AbortController()
    const operator = new Operator(site.controlPlane, site.addresses)
    const busy = Promise.all([site.calls.run(over.signal), operator.edit(over.signal)])
    for await (const _ of setInterval(lookEveryMs)) {
      for (const port of [site.addresses.a, site.addresses.b]) site.witness.hold(port)
      if (enough(site.witness.ends.size)) break
    }
    over.abort()
    await busy
    return { facts: trafficFacts(site), wrong: [...unblemished(site), ...certificatesUsedTooLong(site)] }
  } finally {
    await site.stop()
  }
}
