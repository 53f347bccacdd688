/**
 * What the soak test found, and whether that is good.
 */
import type { Tally } from './tally.ts'

export interface Findings {
  readonly minutes: number
  readonly tally: Tally
  /** Of the second half, after full collections, in MiB a minute. */
  readonly slopes: { readonly resident: number; readonly held: number }
  /** Open sockets before the first call, and after the load and some idle seconds. */
  readonly sockets: { readonly before: number; readonly after: number; readonly open: readonly string[] }
  /** Bulkhead figures that are not 0 at the end, in words. */
  readonly held: readonly string[]
  readonly faults: readonly string[]
  readonly alive: boolean
}

/** In less time, the noise of the allocator is larger than a leak. */
const minutesForSlope = 5
const slopeLimit = 1

/** @returns what is wrong; empty when all is well. */
export function complaints(findings: Findings): string[] {
  const { minutes, tally, slopes, sockets, held, faults, alive } = findings
  const wrong: string[] = [...faults, ...held]
  if (!alive) wrong.push('the sidecar ended')
  if (minutes >= minutesForSlope && slopes.resident > slopeLimit) wrong.push(`memory grows by ${slopes.resident.toFixed(2)} MiB a minute`)
  if (sockets.after > sockets.before) wrong.push(`${sockets.after} sockets are open at the end, ${sockets.before} were at the beginning`)
  const stuck = tally.totalOf('stuck')
  if (stuck > 0) wrong.push(`${stuck} calls hung longer than any deadline`)
  const internal = tally.totalOf('500')
  if (internal > 0) wrong.push(`${internal} calls were answered 500`)
  if (tally.totalOf('200') === 0) wrong.push('no call succeeded')
  return wrong
}

interface Figures {
  readonly name: string
  readonly role: string
  readonly bulkhead: Readonly<Record<'connections' | 'pending' | 'requests', { readonly used: number }>>
}

/** @param page JSON of GET /upstreams. */
export function heldBulkheads(page: string): string[] {
  const held: string[] = []
  for (const { name, role, bulkhead } of JSON.parse(page) as readonly Figures[]) {
    for (const what of ['connections', 'pending', 'requests'] as const) {
      if (bulkhead[what].used > 0) held.push(`${role} ${name} still holds ${bulkhead[what].used} ${what}`)
    }
  }
  return held
}
