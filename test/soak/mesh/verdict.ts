/**
 * What a run over the mesh has found, and whether that is good.
 */
import { longestStallMs } from './arrival.ts'
import type { MeshSite } from './site.ts'

export interface MeshVerdict {
  /** Figures, for people. */
  readonly facts: readonly string[]
  /** Empty when all is well. */
  readonly wrong: readonly string[]
}

const shown = 10
/** By so many calls to a callee, there were some to the witness too. */
const surelySeen = 100

/** A few of many, and how many there were. */
export function some(lines: readonly string[]): string[] {
  return lines.length <= shown ? [...lines] : [...lines.slice(0, shown), `... and ${lines.length - shown} more`]
}

/** An upstream that is replaced gives up the connections that it is opening. */
const expected = ['the caller closed the connection within the TLS handshake', 'the TLS handshake failed: read ECONNRESET']

/** No call failed, and nobody complained in a log. */
export function unblemished({ calls, sidecars, controlPlane, witness }: MeshSite): string[] {
  const failed = calls.failures.map(
    ({ caller, callee, began, reason }) => `${new Date(began).toISOString()} ${caller} to ${callee}: ${reason}`,
  )
  const programs = [controlPlane.program, ...[...sidecars.values()].map(({ program }) => program)]
  const loud = [...programs.flatMap((program) => program.complaints(expected)), ...witness.said.filter((line) => line.includes(' warn '))]
  return [...some(failed), ...some(loud)]
}

/** @returns uses of a certificate after its end, as the callees' APIs and the witness saw them. */
export function certificatesUsedTooLong({ apps, witness }: MeshSite): string[] {
  const wrong: string[] = [...witness.wrong, ...witness.overdue()]
  for (const [hash, { lastAt, calls }] of [...apps.a.certificates, ...apps.b.certificates]) {
    const ends = witness.ends.get(hash)
    if (ends === undefined && calls > surelySeen) wrong.push(`the witness never saw the certificate ${hash}, by which ${calls} calls came`)
    if (ends !== undefined && lastAt > ends) wrong.push(`the certificate ${hash} was used ${lastAt - ends} ms after its end`)
  }
  return some(wrong)
}

export function trafficFacts({ calls, apps, witness }: MeshSite): string[] {
  const certificates = new Set([...apps.a.certificates.keys(), ...apps.b.certificates.keys()])
  return [
    `${calls.total} calls, ${calls.failures.length} failed, the slowest took ${calls.slowestMs} ms (this machine stood still for up to ${longestStallMs()} ms)`,
    `${certificates.size} certificates of callers seen by the called, ${witness.handshakes} handshakes with the witness, ${witness.heldToTheEnd} idle connections ended with their certificates`,
  ]
}
